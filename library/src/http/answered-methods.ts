import type { AuthCore } from '../core/auth.ts'
import { mapAwaitable } from '../core/awaitable.ts'
import type { Refusal } from '../core/errors.ts'
import { isObject } from '../core/json.ts'
import { settingsOf } from '../core/settings-of-auth.ts'
import { customizeRefusal } from './custom-replies.ts'

/**
 * Methods that may return a refusal for the application to send. The value is true if the first
 * argument is the token.
 */
const METHODS = {
  decodeToken: true,
  checkToken: true,
  checkOrigin: false,
  refresh: false,
  revokeToken: true,
  redeemTicket: false,
  renewForRender: false,
} as const

/** Methods that return no promise, so a reply that is one comes too late for them. */
const SYNCHRONOUS = new Set<string>(['decodeToken', 'checkOrigin'])

type Method = (this: void, ...args: unknown[]) => unknown

/**
 * The methods, whose refusals have the application's own reply if the option `answers` has one for
 * their code. So `sendRefusal` sends the same reply as a guard.
 */
export function withAnswers<Methods extends object>(core: AuthCore, methods: Methods): Methods {
  if (settingsOf(core).callbacks.answers === null) return methods
  const all = methods as Record<string, Method | undefined>
  const answered = Object.entries(METHODS).flatMap(([name, takesToken]) => {
    const method = all[name]
    return method === undefined ? [] : [[name, answer(core, name, method, takesToken)] as const]
  })
  return { ...methods, ...Object.fromEntries(answered), ...answeredThrottle(core) }
}

/** The refusals of `throttle.signIn`. */
function answeredThrottle(core: AuthCore): Pick<AuthCore, 'throttle'> {
  const { throttle } = core
  const signIn = answer(core, 'throttle.signIn', throttle.signIn as Method, false)
  return { throttle: { ...throttle, signIn: signIn as typeof throttle.signIn } }
}

function answer(core: AuthCore, name: string, method: Method, takesToken: boolean): Method {
  return (...args) =>
    mapAwaitable(method(...args), (result) => {
      if (!isRefusal(result)) return result
      const token = takesToken && typeof args[0] === 'string' ? args[0] : null
      const customized = customizeRefusal(core, result, token)
      if (!SYNCHRONOUS.has(name) || !(customized instanceof Promise)) return customized
      // The caller can await `applyAnswers` instead.
      customized.catch(() => {})
      return result
    })
}

const isRefusal = (value: unknown): value is Refusal =>
  isObject(value) && value.ok === false && typeof value.code === 'string'
