import { settingsOf } from '../../core/settings-of-auth.ts'
import { refuse, type Refusal, type Reply } from '../../core/errors.ts'
import { ATTEMPT_HEADER, ENDED_CODES } from '../../protocol.ts'
import { tokenReply, withClearedCookies } from '../replies.ts'
import type { SessionAuth } from '../auth-types.ts'
import { checkOrigin } from '../csrf.ts'
import { customRefusalReply } from '../custom-replies.ts'
import { findToken } from '../find-token.ts'
import { readAttempts } from '../read-attempts.ts'
import { firstAccepted, refreshCandidates } from '../refresh-candidates.ts'
import { deviceOf, type RequestView } from '../request.ts'

/**
 * `POST /refresh`: exchanges the refresh token of the request for new tokens (RFC 6749, section 6).
 * The tokens come back the way they were sent: for a token in a cookie, in cookies. If the session
 * has ended, the cookies are cleared too.
 */
export async function refreshRoute(auth: SessionAuth, view: RequestView): Promise<Reply> {
  const settings = settingsOf(auth)
  // Before a body is read, which may take long.
  const arrivedAt = settings.now()
  const found = await findToken(settings, view, 'refresh', ['headers', 'json', 'cookies'])
  if (found === null) return customRefusalReply(auth, refuse('token_missing'))
  if ('ok' in found) return customRefusalReply(auth, found)
  const fromCookie = found.location === 'cookies'
  const forged = fromCookie && checkOrigin(settings, view, { cookies: true })
  if (forged) return customRefusalReply(auth, forged)
  const attempts = readAttempts(view.header(ATTEMPT_HEADER))
  if (attempts === undefined) return customRefusalReply(auth, refuse('request_invalid'))
  const candidates = refreshCandidates(settings, view, [found.token, ...found.others])
  const result = await firstAccepted(candidates, (token) =>
    auth.refresh(token, { attempts, device: deviceOf(view), arrivedAt }),
  )
  if (result.ok)
    return tokenReply(settings, result.tokens, fromCookie ? 'cookie' : 'header', result)
  const reply = await customRefusalReply(auth, result)
  return fromCookie && isSessionEnd(result) ? withClearedCookies(settings, reply) : reply
}

const isSessionEnd = ({ code }: Refusal): boolean =>
  (ENDED_CODES as readonly string[]).includes(code)
