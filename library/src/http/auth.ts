import { createAuthCore } from '../core/auth.ts'
import { isObject } from '../core/json.ts'
import { requireNode } from '../core/node-version.ts'
import type { AuthOptions } from '../core/options.ts'
import { CALLBACK_SHAPES } from '../core/options/callbacks.ts'
import type { DialectOptions } from './auth-types.ts'
import { withAnswers } from './answered-methods.ts'
import { authenticate, type Requirement } from './authenticate.ts'
import { defaultCookieFormat } from './default-token-cookies.ts'
import type { AuthFor, KnownOptions } from './infer-auth.ts'
import type { AnyRequest } from './any-request.ts'
import { renewForRender } from './render.ts'
import type { RequestView } from './request.ts'
import { authMethods } from './auth-methods.ts'
import { cookieMethods } from './cookies-without-session.ts'

const DIALECT_OPTIONS = new Set([
  'dialect',
  'bodyLimit',
  'onEvent',
  'now',
  'randomBytes',
  ...Object.keys(CALLBACK_SHAPES),
])

/**
 * Checks the options and returns the object with all methods: a `SessionAuth` if there is a
 * `store`, a `TokenAuth` if not. Throws a `TypeError` that names the option that is unknown or
 * wrong, and an Error if Node is too old.
 */
export function createAuth<Options extends AuthOptions | DialectOptions>(
  options: Options & KnownOptions<Options>,
): AuthFor<Options> {
  requireNode()
  const auth =
    isObject(options) && 'dialect' in options
      ? createDialectAuth(options as unknown as DialectOptions)
      : createDefaultAuth(options)
  return Object.freeze(auth) as AuthFor<Options>
}

function createDefaultAuth(options: AuthOptions): object {
  const core = createAuthCore(options)
  return withAnswers(core, {
    ...core,
    ...cookieMethods(defaultCookieFormat(core)),
    ...authMethods(core),
    renewForRender: async (request: AnyRequest) => renewForRender(core, request),
    authenticate: (request: RequestView, requirement?: Requirement) =>
      authenticate(core, request, requirement),
  })
}

function createDialectAuth(options: DialectOptions): object {
  if (typeof options.dialect !== 'function')
    throw new TypeError('option "dialect" must come from fromFlask(…) of latchkey/flask')
  const other = Object.keys(options).find((name) => !DIALECT_OPTIONS.has(name))
  if (other === 'store')
    throw new TypeError(
      'option "store" cannot be combined with fromFlask, whose tokens belong to no session: ' +
        'use isRevoked, or a second createAuth for sessions',
    )
  if (other !== undefined)
    throw new TypeError(
      `option "${other}" cannot be combined with fromFlask: use its JWT_… options; ` +
        `the allowed ones are ${[...DIALECT_OPTIONS].join(', ')}`,
    )
  return options.dialect(options)
}
