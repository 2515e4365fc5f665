import type { Settings } from './options.ts'

/** A function, so that printing an auth object does not print its keys. */
const SETTINGS = Symbol('latchkey.settings')

type Carrier = { readonly [SETTINGS]?: () => Settings }

/**
 * Attaches settings to an auth object, for `settingsOf` only. Copies of the object have them too.
 */
export function withSettings<Methods extends object>(
  methods: Methods,
  settings: Settings,
): Methods {
  return Object.assign(methods, { [SETTINGS]: () => settings })
}

/** The settings of what `createAuth` returned. For modules of this package only. */
export function settingsOf(auth: object): Settings {
  const read = (auth as Carrier)[SETTINGS]
  if (read === undefined) throw new TypeError('expected the object that createAuth returned')
  return read()
}
