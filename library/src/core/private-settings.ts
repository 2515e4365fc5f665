import type { Settings } from './options.ts'

/** A function, so that printing an auth object does not print its keys. */
const SETTINGS = Symbol('latchkey.settings')

type Carrier = { readonly [SETTINGS]?: () => Settings }

/** The same verbs, with the settings where only `settingsOf` finds them; copies carry them too. */
export function withSettings<Verbs extends object>(verbs: Verbs, settings: Settings): Verbs {
  return Object.assign(verbs, { [SETTINGS]: () => settings })
}

/** The settings of what `createAuth` returned. For modules of this package only. */
export function settingsOf(auth: object): Settings {
  const read = (auth as Carrier)[SETTINGS]
  if (read === undefined) throw new TypeError('this takes the object that createAuth returned')
  return read()
}
