import type { Transport } from './transport.ts'

export interface ClientOptions {
  /** The exact origin of the sign-in server; the page's own where it is left out. */
  origin?: string
  /** Further exact origins that get the token (header mode) or the cookies (cookie mode). Nobody else ever does. */
  origins?: readonly string[]
  /** Where the routes are, if not at `/login`, `/refresh` and `/logout`. */
  paths?: { signIn?: string; refresh?: string; signOut?: string }
  /** Keeps two applications on one origin apart: their database, lock and channel. `latchkey` where it is left out. */
  name?: string
}

export interface Settings {
  /** The origin of the page; undefined in a server that renders pages. */
  readonly page: string | undefined
  readonly origin: string
  /** All own origins. */
  readonly origins: readonly string[]
  /** For requests to them. As little as will do: `include` would follow a redirect to another origin. */
  readonly credentials: 'same-origin' | 'include'
  readonly paths: { readonly signIn: string; readonly refresh: string; readonly signOut: string }
  readonly name: string
  /** The session's readable cookie can be seen from here. */
  readonly marked: boolean
}

const DEFAULTS = { origin: '', origins: [], paths: {}, name: 'latchkey' }

/** Throws TypeError for an option or an origin that is not one: a misspelt origin would quietly never get a token. */
export function readOptions(options: ClientOptions, { bearer }: Transport): Settings {
  for (const name in options) if (!(name in DEFAULTS)) throw new TypeError(`'${name}' is no option. Header mode: latchkey/client/header`)
  const { origin, origins, paths, name }: Required<ClientOptions> = { ...DEFAULTS, ...options }
  const page = (globalThis as Partial<typeof globalThis>).location?.origin
  const own = origin || page || ''
  const all = [own, ...origins]
  for (const one of all) if (one && (!URL.canParse(one) || new URL(one).origin !== one)) throw new TypeError(`'${one}' is not an exact origin`)
  return {
    page,
    origin: own,
    origins: all,
    credentials: all.every((one) => one === page) ? 'same-origin' : 'include',
    paths: { signIn: '/login', refresh: '/refresh', signOut: '/logout', ...paths },
    name,
    marked: !bearer && own === page && 'document' in globalThis,
  }
}
