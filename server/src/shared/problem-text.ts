import type { Texts, MessageValues } from './locales/index.ts'

/** A refusal, as a page shows it: in the reader's language by its code, otherwise with its own message. */
export interface PageProblem {
  code: string
  message: string
  values?: MessageValues
}

/** The words for a refusal. */
export function problemText(problem: PageProblem, text: Texts): string {
  if (!isCode(problem.code, text)) return problem.message
  const entry = text.errors[problem.code]
  return typeof entry === 'function' ? entry(problem.values ?? {}) : entry
}

// A code can come from an address, and `constructor` is in every object.
const isCode = (code: string, text: Texts): code is keyof Texts['errors'] =>
  Object.hasOwn(text.errors, code)

/** Which field of a form a code speaks of. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  credentials_invalid: ['username', 'password'],
  username_taken: ['username'],
  username_invalid: ['username'],
  password_too_short: ['password', 'new_password'],
  password_too_long: ['password', 'new_password'],
  password_common: ['password', 'new_password'],
  current_password_wrong: ['current_password'],
}

/** True where the code of a refusal says that this field has to change. */
export function isInvalidField(field: string, code: string | undefined): boolean {
  return code !== undefined && Object.hasOwn(FIELDS, code) && FIELDS[code]!.includes(field)
}
