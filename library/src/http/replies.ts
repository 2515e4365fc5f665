import { challengeOf } from '../core/errors.ts'
import type { Settings } from '../core/options.ts'
import type { TokenSet } from '../core/session/token-set.ts'
import type { ErrorResponse, Mode, TokenResponse } from '../protocol.ts'
import { clearCookies, tokenCookies } from './cookies.ts'
import type { Reply } from '../core/errors.ts'

/** On everything that carries a token, or says something of one (RFC 6749, section 5.1). */
const NO_STORE = ['Cache-Control', 'no-store'] as const

/** Seconds after which a request that was answered `temporarily_unavailable` is worth sending again. */
const RETRY_AFTER = '1'

/** The tokens as an answer: in JSON, or in cookies and only their times in JSON. Unless `changed`, the refresh cookie is left as it is. */
export function tokenReply(
  settings: Settings,
  tokens: TokenSet,
  mode: Mode,
  { changed }: { changed: boolean } = { changed: true },
): Reply {
  const times = {
    expires_in: tokens.expiresIn,
    refresh_expires_in: tokens.refreshExpiresIn,
    session_id: tokens.sessionId,
    generation: tokens.generation,
  } satisfies TokenResponse
  if (mode === 'cookie') {
    const cookies = tokenCookies(settings, tokens, changed).map(
      (cookie) => ['Set-Cookie', cookie] as const,
    )
    return { status: 200, headers: [NO_STORE, ...cookies], body: times }
  }
  const body: TokenResponse = {
    access_token: tokens.accessToken,
    refresh_token: tokens.refreshToken,
    token_type: 'Bearer',
    ...times,
  }
  return { status: 200, headers: [NO_STORE], body }
}

/** A refusal as an answer, ours or one with a code of the application's own. */
export function refusalReply({
  code,
  status,
  message,
  reply,
}: {
  code: string
  status: number
  message: string
  reply?: Reply
}): Reply {
  if (reply !== undefined) return reply
  const headers: Array<readonly [string, string]> = [NO_STORE]
  if (status === 401) headers.push(['WWW-Authenticate', challengeOf(code)])
  if (status === 503) headers.push(['Retry-After', RETRY_AFTER])
  return { status, headers, body: { error: code, message } satisfies ErrorResponse }
}

/** The same answer, and the browser forgets its tokens. */
export function withClearedCookies(settings: Settings, reply: Reply): Reply {
  return {
    ...reply,
    headers: [
      ...reply.headers,
      ...clearCookies(settings).map((cookie) => ['Set-Cookie', cookie] as const),
    ],
  }
}
