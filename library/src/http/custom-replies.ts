import type { Verbs } from '../core/auth.ts'
import { callApplication, isPromise } from '../core/check-callbacks.ts'
import type { Reply, Refusal } from '../core/errors.ts'
import type { TokenParts } from '../core/options/callbacks.ts'
import type { Awaitable } from '../core/store.ts'
import { refusalReply } from './replies.ts'

/** The refusal with the application's own answer, where the option `answers` has one for its code. One that fails leaves it as it was. */
export function customizeRefusal(
  auth: Verbs,
  refusal: Refusal,
  token: string | null,
): Awaitable<Refusal> {
  const { settings } = auth
  const callback = settings.callbacks.answers?.[refusal.code]
  if (callback === undefined) return refusal
  const replace = (parts: TokenParts | null): Awaitable<Refusal> => {
    const given = callApplication(settings, 'answers', () => {
      const answer = callback(refusal, parts)
      return isPromise(answer) ? answer.then(checkReply) : checkReply(answer)
    })
    return isPromise(given) ? given.then((late) => use(refusal, late)) : use(refusal, given)
  }
  const decoded = token === null ? null : auth.decodeToken(token, { allowExpired: true })
  return decoded instanceof Promise
    ? decoded.then((late) => replace(partsOf(late)))
    : replace(partsOf(decoded))
}

/** A refusal as the answer of a route. */
export async function customRefusalReply(
  auth: Verbs,
  refusal: Refusal,
  token: string | null = null,
): Promise<Reply> {
  return refusalReply(await customizeRefusal(auth, refusal, token))
}

const partsOf = (decoded: { ok: boolean } | null): TokenParts | null =>
  decoded?.ok ? (decoded as { ok: boolean } & TokenParts) : null

const use = (refusal: Refusal, answer: Reply | Refusal): Refusal =>
  'code' in answer ? refusal : { ...refusal, reply: answer }

/** An answer below 400 would tell the client that it got what it asked for; only a redirect may. */
function checkReply({ status, headers = [], body }: Partial<Reply>): Reply {
  if (!Number.isInteger(status) || status! < 300 || status! > 599)
    throw new TypeError('an answer to a refusal must have a status from 300 to 599')
  return { status: status!, headers, body }
}
