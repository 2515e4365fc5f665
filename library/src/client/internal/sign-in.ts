import { abortable } from './abort.ts'
import type { Context } from './context.ts'
import { Unreachable } from './errors.ts'
import { post } from './http.ts'
import type { AuthResponse } from './http.ts'
import { withLock } from './lock.ts'
import type { AfterLock } from './lock.ts'
import { sendPendingSignOuts } from './pending-sign-outs.ts'
import { withSession } from './shared-record.ts'
import { applyTokens, thisTab, waitForCookie } from './session.ts'
import { updateRecord } from './storage.ts'
import { contentOf } from './sign-in-body.ts'
import { checkPath, refuse } from './options.ts'
import type { SignInBody, SignInOptions, SignInResult } from './types.ts'

/** Milliseconds. Password hashing is slow on purpose. */
const TIMEOUT = 30_000

/**
 * Signs in, under the lock: otherwise the response to a refresh of the previous session could
 * overwrite the new cookies. Once the server has responded, the session stands, even if the caller
 * has aborted.
 */
export async function signIn(
  context: Context,
  form: SignInBody,
  options: SignInOptions = {},
): Promise<SignInResult> {
  // A server would share the session with all visitors.
  if (!context.isPersonal) refuse('signIn', 'available on a server without `storage`')
  const content = { ...contentOf(form), ...(context.cookies && { mode: 'cookie' }) }
  const path = checkPath(options.path ?? context.paths.signIn)
  // Pending sign-outs first: with the cookies of the new session they could not be sent any more.
  const result = sendPendingSignOuts(context)
    .then(() => withLock(context, () => signInUnderLock(context, path, content, options)))
    .then((finish) => finish())
  return abortable(options.signal, result)
}

async function signInUnderLock(
  context: Context,
  path: string,
  content: object,
  { signal }: SignInOptions,
): Promise<AfterLock<SignInResult>> {
  const response = await post(
    context,
    path,
    undefined,
    content,
    TIMEOUT,
    // It tells a server on this site, which may render pages, that this client sends attempts.
    context.readCookie && context.newAttempt(),
    { signal: signal ?? null },
  )
  const { tokens, body } = response
  const isKept =
    !tokens || !context.cookies || (await waitForCookie(context, true, () => tokens.sessionId))
  if (!isKept) return () => ({ ...refusalOf(response), code: 'cookies_blocked' })
  // In cookie mode the server ended the previous session; in header mode its sign-out is still to
  // be sent. No other tab has the new session yet, so if it cannot be stored, it can live in this
  // tab.
  if (tokens)
    await updateRecord(
      context,
      (record) =>
        withSession(
          record,
          tokens,
          record.generation,
          context.cookies ? undefined : record.refresh,
        ),
      true,
    )
  return () => {
    if (!tokens) return refusalOf(response)
    applyTokens(context, thisTab('asked'))
    delete body.access_token
    delete body.refresh_token
    return { ok: true, body: body as object as Record<string, unknown> }
  }
}

/**
 * Throws Unreachable without a response, and for a page in place of JSON, such as the login page of
 * a network.
 */
function refusalOf(response: AuthResponse) {
  const { status, body, isJson, retryAfter, cause } = response
  if (status <= 200 && !isJson) throw new Unreachable(retryAfter, cause)
  return {
    ok: false as const,
    status,
    code: String(body.error ?? (status < 400 ? 'no_tokens' : 'unreadable')),
    message: String(body.message ?? ''),
    body: body as object as Record<string, unknown>,
  }
}
