import type { ReadMethods } from '../core/read-tokens.ts'
import { settingsOf } from '../core/settings-of-auth.ts'
import { runCallback, isThenable } from '../core/token-check-callbacks.ts'
import type { Refusal, Reply } from '../core/errors.ts'
import type { TokenParts } from '../core/options/callbacks.ts'
import type { Awaitable } from '../core/store.ts'
import { refusalReply } from './replies.ts'

/** Refusals that have the application's own reply already: a callback is called once for each. */
const CUSTOMIZED = new WeakSet<Refusal>()

/**
 * Returns the refusal with the reply of the option `answers` for its code, or unchanged if there is
 * none. The callback gets the parts of `token` if the token is authentic.
 */
export function customizeRefusal(
  auth: Pick<ReadMethods, 'decodeToken'>,
  refusal: Refusal,
  token: string | null,
): Awaitable<Refusal> {
  const settings = settingsOf(auth)
  const callback = settings.callbacks.answers?.[refusal.code]
  if (callback === undefined || CUSTOMIZED.has(refusal)) return refusal
  const customize = (parts: TokenParts | null): Awaitable<Refusal> => {
    const reply = runCallback(settings, 'answers', () => {
      const returned = callback(refusal, parts)
      return isThenable(returned) ? returned.then(checkReply) : checkReply(returned)
    })
    return isThenable(reply)
      ? reply.then((resolved) => withReply(refusal, resolved))
      : withReply(refusal, reply)
  }
  const decoded = token === null ? null : auth.decodeToken(token, { allowExpired: true })
  return decoded instanceof Promise
    ? decoded.then((resolved) => customize(partsOf(resolved)))
    : customize(partsOf(decoded))
}

function withReply(refusal: Refusal, reply: Reply): Refusal {
  const customized = { ...refusal, reply }
  CUSTOMIZED.add(customized)
  return customized
}

/** The reply to a refusal, with the application's own reply if the option `answers` has one. */
export async function customRefusalReply(
  auth: Pick<ReadMethods, 'decodeToken'>,
  refusal: Refusal,
  token: string | null = null,
): Promise<Reply> {
  return refusalReply(await customizeRefusal(auth, refusal, token))
}

const partsOf = (decoded: { ok: boolean } | null): TokenParts | null =>
  decoded?.ok ? (decoded as { ok: boolean } & TokenParts) : null

/** Rejects 2xx, which would tell the client that the request succeeded. A redirect is allowed. */
function checkReply({ status, headers = [], body }: Partial<Reply>): Reply {
  if (!Number.isInteger(status) || status! < 300 || status! > 599)
    throw new TypeError('the reply to a refusal must have a status from 300 to 599')
  return { status: status!, headers: mergeHeaders(headers), body }
}

/**
 * Joins the values of a header that occurs several times (RFC 9110, section 5.3), because
 * frameworks send only the last one. `Set-Cookie` cannot be joined; they send all of these.
 */
function mergeHeaders(headers: Reply['headers']): Reply['headers'] {
  const merged = new Map<string, [name: string, value: string]>()
  const cookies: Array<readonly [string, string]> = []
  for (const [name, value] of headers) {
    const key = name.toLowerCase()
    const before = merged.get(key)
    if (key === 'set-cookie') cookies.push(['Set-Cookie', value])
    else if (before === undefined) merged.set(key, [name, value])
    else before[1] += `, ${value}`
  }
  return [...merged.values(), ...cookies]
}
