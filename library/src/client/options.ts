import { PATHS } from '../protocol.ts'
import type { Mode } from '../protocol.ts'

export interface ClientOptions {
  /** The exact origin of the sign-in server; the page's own where it is left out. */
  origin?: string
  /** Further exact origins that get the token (header mode) or the cookies (cookie mode). Nobody else ever does. */
  origins?: readonly string[]
  /** `cookie` (the default): no script can read a token. `header`: for an API on another site. */
  mode?: Mode
  /** Where the routes are, if not at `/login`, `/refresh` and `/logout`. */
  paths?: { signIn?: string; refresh?: string; signOut?: string }
  /** Keeps two applications on one origin apart: their database, lock and channel. `latchkey` where it is left out. */
  name?: string
}

export interface Settings {
  readonly origin: string
  readonly origins: ReadonlySet<string>
  readonly mode: Mode
  /** As little as will do: `include` would follow a redirect to another origin. */
  readonly credentials: 'omit' | 'same-origin' | 'include'
  readonly paths: { readonly signIn: string; readonly refresh: string; readonly signOut: string }
  readonly name: string
  /** In a browser, not in a server that renders pages. */
  readonly live: boolean
  /** The session's readable cookie can be seen from here. */
  readonly marked: boolean
}

/** Throws TypeError for an origin or a mode that is not one: a misspelt origin would quietly never get a token. */
export function readOptions(options: ClientOptions): Settings {
  const { origin, origins = [], mode = 'cookie', paths, name = 'latchkey' } = options
  const page = (globalThis as Partial<typeof globalThis>).location?.origin
  const all = [...(origin ? [origin] : []), ...origins]
  const wrong = all.find((given) => !URL.canParse(given) || new URL(given).origin !== given)
  if (wrong !== undefined) throw new TypeError(`origin, origins: '${wrong}' is not an exact origin, such as https://example.com`)
  if (mode !== 'cookie' && mode !== 'header') throw new TypeError(`mode: 'cookie' or 'header', not '${String(mode)}'`)
  const own = origin ?? page ?? ''
  const elsewhere = [own, ...origins].some((one) => one !== page)
  return {
    origin: own,
    origins: new Set([own, ...origins]),
    mode,
    credentials: mode === 'header' ? 'omit' : elsewhere ? 'include' : 'same-origin',
    paths: { signIn: '/login', refresh: PATHS.refresh, signOut: PATHS.signOut, ...paths },
    name,
    live: page !== undefined,
    marked: mode === 'cookie' && own === page && 'document' in globalThis,
  }
}
