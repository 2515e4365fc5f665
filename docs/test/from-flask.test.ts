import { describe, expect, test } from 'vitest'
import { createAuth, ERRORS } from 'latchkey'
import { fromFlask } from 'latchkey/flask'
import * as hono from 'latchkey/hono'
import { OPTIONS } from '../../library/src/flask/config.ts'
import { request } from '../../library/test/http/request.ts'
import { readPage } from './pages.ts'

/** The exports of Flask-JWT-Extended 4.7. */
const EXPORTS = [
  'JWTManager',
  'create_access_token',
  'create_refresh_token',
  'current_user',
  'decode_token',
  'get_csrf_token',
  'get_current_user',
  'get_jti',
  'get_jwt',
  'get_jwt_header',
  'get_jwt_identity',
  'get_jwt_request_location',
  'get_unverified_jwt_headers',
  'jwt_required',
  'set_access_cookies',
  'set_refresh_cookies',
  'unset_access_cookies',
  'unset_jwt_cookies',
  'unset_refresh_cookies',
  'verify_jwt_in_request',
]
const REQUIREMENTS = [
  'optional',
  'fresh',
  'refresh',
  'locations',
  'verify_type',
  'skip_revocation_check',
]
const LOADERS = [
  'additional_claims',
  'additional_headers',
  'user_identity',
  'encode_key',
  'decode_key',
  'token_in_blocklist',
  'token_verification',
  'user_lookup',
  'unauthorized',
  'invalid_token',
  'expired_token',
  'needs_fresh_token',
  'revoked_token',
  'token_verification_failed',
  'user_lookup_error',
]

const secret = 'a secret of more than thirty-two bytes'
const auth = createAuth({ ...fromFlask({ JWT_SECRET_KEY: secret }) })
const page = readPage('docs/from-flask.md')
const rowsOf = (text: string) =>
  [...text.matchAll(/^\|([^|]+)\|([^|]*)\|/gm)].map(([, flaskCell, latchkeyCell]) => ({
    flask: spans(flaskCell!),
    latchkey: spans(latchkeyCell!),
  }))
const rows = rowsOf(page)

function spans(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text!)
}

/**
 * True if Latchkey has this name: a method of `auth`, an export of an adapter, a member of the
 * value of `getAuth`, an option, a requirement, or an error code in `answers`.
 */
function isLatchkeyName(name: string, authenticated: object): boolean {
  if (name.startsWith('auth.'))
    return typeof (auth as unknown as Record<string, unknown>)[name.slice(5)] === 'function'
  if (name.startsWith('answers.')) return Object.hasOwn(ERRORS, name.slice(8))
  if (name.startsWith('getAuth(request).'))
    return name.slice('getAuth(request).'.length) in authenticated
  if (name === 'createAuth' || name in hono) return true
  return isRequirement(name) || isOption(name)
}

function isRequirement(name: string): boolean {
  try {
    void auth.authenticate(request(), { [name]: undefined })
    return true
  } catch {
    return false
  }
}

function isOption(name: string): boolean {
  try {
    createAuth({ secret, [name]: name === 'secret' ? secret : undefined } as never)
    return true
  } catch {
    return false
  }
}

describe('from-flask.md', () => {
  test('every Latchkey name exists', async () => {
    const authenticated = await auth.authenticate(
      request({ headers: { authorization: `Bearer ${auth.createAccessToken('ada')}` } }),
    )
    // The tables after this heading are about behaviour, not about names.
    const named = rowsOf(page.slice(0, page.indexOf('## Renewing cookies'))).flatMap(
      ({ latchkey }) => latchkey,
    )
    expect(named.length).toBeGreaterThan(80)
    expect(
      named.filter((name) => name !== 'fromFlask' && !isLatchkeyName(name, authenticated)),
    ).toEqual([])
    for (const name of [
      'auth.createToken',
      'answers.none',
      'getAuth(request).person',
      'acessLifetime',
    ])
      expect(isLatchkeyName(name, authenticated)).toBe(false)
  })

  test('every Flask-JWT-Extended name has a row', () => {
    const documented = new Set(
      rows.flatMap(({ flask }) => flask).map((name) => name.replace(/^@|[=(].*$/g, '')),
    )
    const wanted = [
      ...EXPORTS,
      ...REQUIREMENTS,
      ...LOADERS.map((name) => `${name}_loader`),
      ...Object.keys(OPTIONS),
    ]
    expect(wanted.filter((name) => !documented.has(name))).toEqual([])
    expect(Object.keys(OPTIONS)).toHaveLength(44)
  })
})
