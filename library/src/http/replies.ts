import { challengeOf, type Reply } from '../core/errors.ts'
import type { Settings } from '../core/options.ts'
import type { TokenSet } from '../core/session/token-set.ts'
import type { ErrorResponse, Mode, TokenResponse } from '../protocol.ts'
import { clearCookies, tokenCookies } from './cookies.ts'

/**
 * Sent with every reply that carries a token or says anything about one (RFC 6749, section 5.1).
 */
export const NO_STORE = ['Cache-Control', 'no-store'] as const

/** Seconds after which to repeat a request that got a 503 (RFC 9110, section 10.2.3). */
const RETRY_AFTER = 1

/**
 * The reply with new tokens. In mode `header` they are in the JSON body; in mode `cookie` they are
 * in cookies, and the body has only their lifetimes. If the refresh token has not `changed`, its
 * cookie is not set again.
 */
export function tokenReply(
  settings: Settings,
  tokens: TokenSet,
  mode: Mode,
  { changed }: { changed: boolean } = { changed: true },
): Reply {
  const lifetimes = {
    expires_in: tokens.expiresIn,
    refresh_expires_in: tokens.refreshExpiresIn,
    session_id: tokens.sessionId,
    generation: tokens.generation,
  } satisfies TokenResponse
  if (mode === 'cookie') {
    const cookies = setCookieHeaders(tokenCookies(settings, tokens, changed))
    return { status: 200, headers: [NO_STORE, ...cookies], body: lifetimes }
  }
  const body: TokenResponse = {
    access_token: tokens.accessToken,
    refresh_token: tokens.refreshToken,
    token_type: 'Bearer',
    ...lifetimes,
  }
  return { status: 200, headers: [NO_STORE], body }
}

/**
 * The reply to a refusal, which may have a code of the application's own: `{ error, message }`,
 * with a challenge if the status is 401 (RFC 6750, section 3) and `Retry-After` if it is 503 or the
 * refusal has it.
 */
export function refusalReply({
  code,
  status,
  message,
  retryAfter,
  maxAge,
  reply,
}: {
  code: string
  status: number
  message: string
  retryAfter?: number
  maxAge?: number
  reply?: Reply
}): Reply {
  if (reply !== undefined) return reply
  const headers: Array<readonly [string, string]> = [NO_STORE]
  if (status === 401) headers.push(['WWW-Authenticate', challengeOf(code, maxAge)])
  const wait = retryAfter ?? (status === 503 ? RETRY_AFTER : null)
  if (wait !== null) headers.push(['Retry-After', `${wait}`])
  return { status, headers, body: { error: code, message } satisfies ErrorResponse }
}

/** The same reply, which also clears the token cookies. */
export function withClearedCookies(settings: Settings, reply: Reply): Reply {
  return { ...reply, headers: [...reply.headers, ...setCookieHeaders(clearCookies(settings))] }
}

const setCookieHeaders = (values: readonly string[]): Array<readonly ['Set-Cookie', string]> =>
  values.map((value) => ['Set-Cookie', value])
