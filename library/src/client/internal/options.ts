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

/** Throws TypeError for an option or an origin that is not one: a misspelt origin would quietly never get a token. */
export function refuseMisuse(others: object, origins: readonly string[]): void {
  for (const other in others) throw new TypeError(`'${other}' is no option`)
  for (const origin of origins)
    if (origin && (!URL.canParse(origin) || new URL(origin).origin !== origin))
      throw new TypeError(`'${origin}' is not an exact origin`)
}
