import { refuse } from './options.ts'
import type { SignInBody } from './types.ts'

/**
 * The JSON of a sign-in. Several fields of one name become an array. Throws a TypeError for a value
 * that JSON would lose, such as a file.
 */
export function contentOf(form: SignInBody): object {
  let content = form as Record<string, unknown>
  if (Symbol.iterator in form) {
    // Without a prototype, so that a field may have any name.
    content = Object.create(null) as Record<string, unknown>
    for (const [name, value] of form as FormData)
      content[name] = name in content ? [content[name], value].flat() : value
  }
  JSON.stringify(content, (name, value: unknown) => {
    if (/(Blob|File|Map|Set)]/.test({}.toString.call(value))) refuse(name, 'JSON')
    return value
  })
  return content
}
