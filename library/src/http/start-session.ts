import { refuse, type Reply } from '../core/errors.ts'
import type { SignInOptions } from '../core/session/sign-in.ts'
import { settingsOf } from '../core/settings-of-auth.ts'
import { isOutage, reportStoreFailure } from '../core/watch-store.ts'
import { ATTEMPT_HEADER, type Mode } from '../protocol.ts'
import type { SessionAuth } from './auth-types.ts'
import { checkOrigin } from './csrf.ts'
import { customRefusalReply } from './custom-replies.ts'
import { readAttempts } from './read-attempts.ts'
import { tokenReply } from './replies.ts'
import { deviceOf, type RequestView } from './request.ts'
import { endReplacedSessions } from './sessions-of-cookies.ts'

/** The options of `signIn` of the adapters. */
export interface SignInRequestOptions extends SignInOptions {
  /**
   * `header` sends the tokens as JSON, `cookie` in cookies. Any other text is refused. The default
   * is the field `mode` of the body, as the browser client sends it, or else `header`.
   */
  mode?: string | undefined
}

/**
 * The reply to a sign-in whose credentials the application has checked: `signIn` of the adapters.
 * In cookie mode, a request of another site is refused, and the session whose cookies are replaced
 * ends. A GET is not refused, so an application must know that it has asked for it, as by the
 * `state` of OAuth. If the store is away, the reply is a 503. Rejects with a `TypeError` for
 * invalid claims, and for cookies that would be too large.
 */
export async function signInReply(
  auth: SessionAuth,
  view: RequestView,
  identity: string,
  { mode: given, ...options }: SignInRequestOptions = {},
): Promise<Reply> {
  const mode = given ?? (await modeOfBody(view))
  if (!isMode(mode)) return customRefusalReply(auth, refuse('request_invalid'))
  return (
    (await refuseForgedSignIn(auth, view, mode)) ??
    orUnavailable(auth, () => startSession(auth, view, { ...options, identity, mode }))
  )
}

export const isMode = (value: unknown): value is Mode => value === 'header' || value === 'cookie'

/** A body that cannot be read is the application's, and says nothing. */
async function modeOfBody(view: RequestView): Promise<unknown> {
  const body = await view.body()
  return (body.ok && body.value.mode) || 'header'
}

/**
 * Login CSRF: another site must not be able to sign a browser in to an account of its choice. Null
 * if the request may pass.
 */
export async function refuseForgedSignIn(
  auth: SessionAuth,
  view: RequestView,
  mode: Mode,
): Promise<Reply | null> {
  const forged = mode === 'cookie' && checkOrigin(settingsOf(auth), view, { cookies: false })
  return forged ? customRefusalReply(auth, forged) : null
}

/** Starts the session, and ends the one whose cookies are replaced. */
export async function startSession(
  auth: SessionAuth,
  view: RequestView,
  { identity, mode, ...options }: SignInOptions & { identity: string; mode: Mode },
): Promise<Reply> {
  const attempts = readAttempts(view.header(ATTEMPT_HEADER)) ?? null
  const tokens = await auth.signIn(identity, { device: deviceOf(view), attempts, ...options })
  if (mode === 'cookie') await endReplacedSessions(auth, view)
  return tokenReply(settingsOf(auth), tokens, mode)
}

/** If the store is away, the reply is a 503 and no cookie is cleared. Rejects with other errors. */
export async function orUnavailable(
  auth: SessionAuth,
  reply: () => Promise<Reply>,
): Promise<Reply> {
  try {
    return await reply()
  } catch (cause) {
    reportStoreFailure(settingsOf(auth), cause)
    if (!isOutage(cause)) throw cause
    return customRefusalReply(auth, refuse('temporarily_unavailable'))
  }
}
