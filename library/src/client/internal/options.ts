export interface ClientOptions {
  /** The exact origin of the sign-in server. Default: the page's origin. */
  origin?: string
  /**
   * Further exact origins that get the token (header mode) or the cookies (cookie mode). No other
   * origin gets them.
   */
  origins?: readonly string[]
  /** The routes, if they are not `/login`, `/refresh` and `/logout`. */
  paths?: { signIn?: string; refresh?: string; signOut?: string }
  /**
   * Separates two applications on one host: the option `cookies.name` of the server, and the name
   * of their database, lock and channel. Default: `latchkey`.
   */
  name?: string
}

/** Throws a TypeError that names the value. */
export function refuse(value: unknown, what: string): never {
  throw new TypeError(`'${value as string}' is not ${what}`)
}

/**
 * Returns the path. Throws a TypeError for one that does not begin with one slash: after an origin
 * it could name another host, and get the password.
 */
export const checkPath = (path: string): string =>
  /^\/(?![/\\])/.test(path) ? path : refuse(path, 'a path like /login')

/** Returns the origin. Throws a TypeError for an inexact one, which would get no token. */
export function checkOrigin(origin: string): void {
  let exact
  try {
    exact = new URL(origin).origin
  } catch {
    // Not every runtime has `URL.canParse`.
  }
  if (!exact || exact !== origin) refuse(origin, 'an exact origin')
}
