import { mapAwaitable } from './awaitable.ts'
import { signingKeyFor } from './keys-from-callbacks.ts'
import type { Settings } from './options.ts'
import type { Awaitable } from './store.ts'
import { mergeObjects, tokenAdditions, type TokenAdditions } from './token-claims-callbacks.ts'
import { checkClaims, freshClaim, createToken, type TokenInput } from './access-token.ts'
import type { TokenOptions } from './claims.ts'
import type { TokenKind } from './token-kinds.ts'

/**
 * Creates tokens that belong to no session: they are valid until they expire. `Subject` is what the
 * option `identity` takes, or a string without it. `Token` is a promise only if one of the options
 * `identity`, `claims`, `headers` and `encodeKey` may return one.
 */
export interface TokenMethods<
  Subject = string,
  Token extends Awaitable<string> = Awaitable<string>,
  Options extends object = TokenOptions,
> {
  /** Creates an access token. Throws a `TypeError` for an option or a claim that is not allowed. */
  createAccessToken(subject: Subject, options?: Options): Token
  /** Creates a refresh token: only routes with the requirement `refresh` accept it. */
  createRefreshToken(subject: Subject, options?: Omit<Options, 'fresh'>): Token
}

/** Makes the methods that create tokens. With a store they throw: every token must have a session. */
export function tokenMethods(settings: Settings): TokenMethods<unknown> {
  return {
    createAccessToken: (subject, options = {}) => issueToken(settings, 'access', subject, options),
    createRefreshToken: (subject, options = {}) =>
      issueToken(settings, 'refresh', subject, options),
  }
}

function issueToken(
  settings: Settings,
  kind: TokenKind,
  subject: unknown,
  options: TokenOptions,
): Awaitable<string> {
  const { expiresIn } = options
  if (settings.store !== null)
    throw new TypeError(
      'with the option "store" tokens come from signIn, so that their session can be ended',
    )
  if (expiresIn !== undefined && !(expiresIn > 0))
    throw new TypeError('"expiresIn" must be a number of seconds above 0')
  return mapAwaitable(tokenAdditions(settings.callbacks, subject), (added) => {
    const input = tokenInput(settings, kind, options, added)
    return mapAwaitable(signingKeyFor(settings, subject), (signingKey) =>
      createToken(
        signingKey === settings.signingKey ? settings : { ...settings, signingKey },
        input,
      ),
    )
  })
}

function tokenInput(
  settings: Settings,
  kind: TokenKind,
  { fresh = false, expiresIn, claims, headers }: TokenOptions,
  added: TokenAdditions,
): TokenInput {
  const allClaims = mergeObjects(added.claims, claims)
  checkClaims(added.identity, allClaims)
  const now = settings.now()
  const lifetime = kind === 'access' ? settings.accessLifetime : settings.refreshLifetime
  return {
    kind,
    identity: added.identity as string,
    fresh: freshClaim(fresh, now),
    now,
    expiresAt: now + (expiresIn === undefined ? lifetime : expiresIn * 1000),
    ownClaims: settings.csrf ? { csrf: settings.randomId() } : undefined,
    claims: allClaims,
    headers: mergeObjects(added.headers, headers),
  }
}
