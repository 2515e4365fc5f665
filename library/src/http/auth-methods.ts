import type { AuthCore } from '../core/auth.ts'
import { settingsOf } from '../core/settings-of-auth.ts'
import { headOf } from './any-request.ts'
import type { Auth } from './auth-types.ts'
import { clearCookies } from './cookies.ts'
import { checkOrigin } from './csrf.ts'
import { customizeRefusal } from './custom-replies.ts'

/** Makes the methods for an application's own routes. */
export function authMethods(
  core: AuthCore,
): Pick<Auth, 'checkOrigin' | 'clearCookies' | 'applyAnswers'> {
  const settings = settingsOf(core)
  return {
    checkOrigin(request) {
      const head = headOf(request)
      return checkOrigin(settings, head, { cookies: head.header('cookie') !== undefined })
    },
    clearCookies: () => clearCookies(settings),
    applyAnswers: (refusal, token = null) => customizeRefusal(core, refusal, token),
  }
}
