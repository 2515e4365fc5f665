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

/**
 * Throws a TypeError for an unknown option and for an inexact origin, because a misspelt origin
 * would get no token.
 */
export function validateOptions(unknownOptions: object, origins: readonly string[]): void {
  for (const option in unknownOptions) throw new TypeError(`'${option}' is not an option`)
  for (const origin of origins)
    if (origin && (!URL.canParse(origin) || new URL(origin).origin !== origin))
      throw new TypeError(`'${origin}' is not an exact origin`)
}
