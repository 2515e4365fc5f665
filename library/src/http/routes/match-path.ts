import { PATHS } from '../../protocol.ts'

export const ONE_SESSION = `${PATHS.sessions}/:id`

const EXACT: ReadonlySet<string> = new Set(Object.values(PATHS))
const BELOW_SESSIONS = `${PATHS.sessions}/`
const SESSION_ID = /^[\w-]{22}$/

/** A path of `PATHS`, or `ONE_SESSION` with the session id that stands in it. */
export interface MatchedPath {
  path: string
  id: string
}

/**
 * Matches the path of a request with the paths below `base`. In `base` a segment such as `:tenant`
 * stands for any one segment. A slash at the end of the path is ignored. The path is not decoded:
 * none of ours has a character that is escaped.
 */
export function matchPath(path: string, base: string, ignoreCase = false): MatchedPath | null {
  const below = withoutBase(path, base, ignoreCase)
  if (below === null) return null
  const spelled = below.endsWith('/') ? below.slice(0, -1) : below
  const name = ignoreCase ? spelled.toLowerCase() : spelled
  if (EXACT.has(name)) return { path: name, id: '' }
  return name.startsWith(BELOW_SESSIONS) ? matchId(spelled.slice(BELOW_SESSIONS.length)) : null
}

export function matchId(id: string): MatchedPath | null {
  return SESSION_ID.test(id) ? { path: ONE_SESSION, id } : null
}

function withoutBase(path: string, base: string, ignoreCase: boolean): string | null {
  if (base === '') return path
  if (base.includes(':')) return withoutSegments(path, base.split('/'), ignoreCase)
  const start = path.slice(0, base.length)
  return isSame(start, base, ignoreCase) ? path.slice(base.length) : null
}

function withoutSegments(
  path: string,
  base: readonly string[],
  ignoreCase: boolean,
): string | null {
  const segments = path.split('/')
  const matches = base.every((expected, index) => {
    const segment = segments[index]
    if (segment === undefined) return false
    return expected.startsWith(':') ? segment !== '' : isSame(segment, expected, ignoreCase)
  })
  return matches ? `/${segments.slice(base.length).join('/')}` : null
}

const isSame = (one: string, other: string, ignoreCase: boolean): boolean =>
  one === other || (ignoreCase && one.toLowerCase() === other.toLowerCase())
