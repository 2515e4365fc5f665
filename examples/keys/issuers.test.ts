import { createPublicKey, generateKeyPairSync, randomUUID, sign, type KeyObject } from 'node:crypto'
import { expect, test } from 'vitest'
import { createAuth, type AuthEvent, type Issuer, type Jwk } from 'latchkey'
import { hostedSignIn, identityServers, microsoftEntra, platforms } from './issuers.ts'

const KEYS: Record<string, KeyObject> = {
  RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  ES384: generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
  EdDSA: generateKeyPairSync('ed25519').privateKey,
}
const now = Math.floor(Date.now() / 1000)
const tenant = '8f1c2b3a-0000-4000-8000-000000000001'
const JWT = { typ: 'JWT' }

/** The header and claims of a token, in addition to `alg`, `kid`, `iss`, `iat` and `exp`. */
type Parts = [header: object, claims: object]
interface Shape {
  alg?: string
  /** Members of the published key, in addition to those of its type and `kid`. */
  jwk?: object
  accepted: Parts[]
  /** Tokens of the same issuer that are not for this application, and the reason in the log. */
  refused?: Array<[header: object, claims: object, reason: string]>
}

const SHAPES: Record<string, Shape> = {
  keycloak: {
    accepted: [
      [
        JWT,
        { jti: 'trrtcc:1', aud: ['shop-api', 'account'], sub: 'f:1', typ: 'Bearer', azp: 'web' },
      ],
    ],
    refused: [
      [JWT, { jti: '1', aud: 'shop-api', sub: 'f:1', typ: 'ID', azp: 'web' }, 'claims'],
      [JWT, { jti: '1', aud: 'account', sub: 'f:1', typ: 'Bearer', azp: 'web' }, 'aud'],
    ],
  },
  zitadel: {
    accepted: [[JWT, { sub: '1', aud: ['CLIENT_ID', 'PROJECT_ID'], jti: 'V2_1', nbf: now }]],
    refused: [[JWT, { sub: '1', aud: ['OTHER'], jti: 'V2_1' }, 'aud']],
  },
  logto: {
    alg: 'ES384',
    accepted: [
      [{ typ: 'at+jwt' }, { jti: 'j', sub: 'u', aud: 'https://api.shop.example', scope: '' }],
    ],
    refused: [[JWT, { sub: 'u', aud: 'https://api.shop.example' }, 'typ']],
  },
  hydra: {
    accepted: [[JWT, { aud: ['shop-api'], client_id: 'c', ext: {}, jti: 'j', scp: [], sub: 'u' }]],
    refused: [[JWT, { aud: ['c'], sub: 'u' }, 'aud']],
  },
  springAuthorizationServer: {
    jwk: {},
    accepted: [[{}, { sub: 'ada', aud: 'CLIENT_ID', nbf: now, scope: ['openid'], jti: 'j' }]],
    refused: [[{}, { sub: 'ada', aud: 'OTHER' }, 'aud']],
  },
  betterAuth: {
    alg: 'EdDSA',
    accepted: [[{}, { sub: 'u', aud: 'https://app.example', email: 'ada@app.example' }]],
    refused: [[{}, { sub: 'u', aud: 'https://other.example' }, 'aud']],
  },
  latchkey: {
    alg: 'ES256',
    accepted: [
      [{ typ: 'at+jwt' }, { sub: 'ada', aud: 'shop', jti: 'j', sid: 's', fresh: true, gen: 3 }],
    ],
    refused: [[{ typ: 'rt+jwt' }, { sub: 'ada', aud: 'shop', jti: 'j', fresh: false }, 'typ']],
  },
  auth0: {
    accepted: [
      [
        JWT,
        {
          sub: 'auth0|1',
          aud: ['https://api.shop.example', 'https://TENANT.auth0.com/userinfo'],
          azp: 'web',
          scope: 'openid',
        },
      ],
    ],
    refused: [[JWT, { sub: 'auth0|1', aud: 'web', sid: 's' }, 'aud']],
  },
  okta: {
    accepted: [
      [{}, { ver: 1, jti: 'AT.x', aud: 'api://default', cid: 'web', sub: 'ada@x.example' }],
    ],
    refused: [[{}, { ver: 1, jti: 'ID.x', aud: 'web', sub: 'u' }, 'aud']],
  },
  clerk: {
    accepted: [
      [
        { ...JWT, cat: 'cl_B7d4PD111AAA' },
        {
          azp: 'https://shop.example',
          sub: 'user_1',
          sid: 'sess_1',
          nbf: now,
          sts: 'active',
          v: 2,
        },
      ],
    ],
    refused: [[JWT, { azp: 'https://other.example', sub: 'user_1' }, 'aud']],
  },
  workos: {
    accepted: [[{}, { sub: 'user_1', sid: 'session_1', jti: 'j', org_id: 'o', role: 'member' }]],
  },
  supabase: {
    alg: 'ES256',
    jwk: { alg: 'ES256', use: 'sig', key_ops: ['verify'], ext: true },
    accepted: [
      [
        JWT,
        {
          aud: 'authenticated',
          sub: randomUUID(),
          role: 'authenticated',
          aal: 'aal1',
          session_id: 's',
        },
      ],
    ],
    refused: [[JWT, { aud: 'authenticated', sub: 'u', role: 'anon' }, 'claims']],
  },
  firebase: {
    accepted: [
      [
        JWT,
        { aud: 'PROJECT_ID', auth_time: now, user_id: 'u', sub: 'u', firebase: { identities: {} } },
      ],
    ],
    refused: [[JWT, { aud: 'OTHER', auth_time: now, sub: 'u' }, 'aud']],
  },
  version2: {
    jwk: { use: 'sig', x5t: 't', x5c: ['MIIC'], issuer: 'https://login.example/{tenantid}/v2.0' },
    accepted: [
      [
        { ...JWT, x5t: 't' },
        {
          aud: 'CLIENT_ID',
          nbf: now,
          oid: 'o',
          scp: 'openid access_as_user',
          sub: 's',
          tid: tenant,
          uti: 'u',
          ver: '2.0',
        },
      ],
    ],
    refused: [[JWT, { aud: 'CLIENT_ID', nbf: now, oid: 'o', sub: 's', tid: tenant }, 'claims']],
  },
  version1: {
    jwk: { use: 'sig', x5t: 't', x5c: ['MIIC'] },
    accepted: [
      [
        { ...JWT, x5t: 't' },
        {
          aud: 'api://CLIENT_ID',
          nbf: now,
          appid: 'c',
          scp: 'access_as_user',
          sub: 's',
          ver: '1.0',
        },
      ],
    ],
  },
  manyTenants: {
    jwk: { use: 'sig', x5c: ['MIIC'], issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0' },
    accepted: [
      [
        JWT,
        {
          iss: `https://login.microsoftonline.com/${tenant}/v2.0`,
          aud: 'CLIENT_ID',
          scp: 'access_as_user',
          sub: 's',
          tid: tenant,
        },
      ],
    ],
    refused: [
      [
        JWT,
        {
          iss: 'https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0',
          aud: 'CLIENT_ID',
          scp: 'access_as_user',
          sub: 's',
          tid: '9188040d-6c67-4c5b-b112-36a304b66dad',
        },
        'claims',
      ],
    ],
  },
  cognitoAccess: {
    accepted: [
      [
        {},
        {
          sub: 'u',
          client_id: 'CLIENT_ID',
          token_use: 'access',
          auth_time: now,
          jti: 'j',
          version: 2,
        },
      ],
    ],
    refused: [
      [{}, { sub: 'u', client_id: 'OTHER', token_use: 'access', jti: 'j' }, 'aud'],
      [{}, { sub: 'u', aud: 'CLIENT_ID', token_use: 'id', jti: 'j' }, 'aud'],
    ],
  },
  cognitoId: {
    accepted: [[{}, { sub: 'u', aud: 'CLIENT_ID', token_use: 'id', auth_time: now, jti: 'j' }]],
    refused: [[{}, { sub: 'u', client_id: 'CLIENT_ID', token_use: 'access', jti: 'j' }, 'aud']],
  },
  googleId: {
    accepted: [
      [
        JWT,
        {
          azp: 'CLIENT_ID.apps.googleusercontent.com',
          aud: 'CLIENT_ID.apps.googleusercontent.com',
          sub: '1',
          email: 'ada@shop.example',
          email_verified: true,
        },
      ],
    ],
    refused: [[JWT, { aud: 'OTHER.apps.googleusercontent.com', sub: '1' }, 'aud']],
  },
  googleIap: {
    alg: 'ES256',
    accepted: [
      [
        JWT,
        {
          sub: 'accounts.google.com:1',
          aud: '/projects/NUMBER/global/backendServices/ID',
          email: 'ada@shop.example',
        },
      ],
    ],
    refused: [[JWT, { sub: '1', aud: '/projects/NUMBER/apps/OTHER' }, 'aud']],
  },
  cloudflareAccess: {
    accepted: [
      [
        {},
        {
          aud: ['APPLICATION_AUD_TAG'],
          nbf: now,
          type: 'app',
          identity_nonce: 'n',
          sub: 'u',
          country: 'CH',
        },
      ],
    ],
    refused: [[{}, { aud: ['APPLICATION_AUD_TAG'], type: 'org', sub: 'u' }, 'claims']],
  },
  githubActions: {
    jwk: { alg: 'RS256', use: 'sig', x5t: 't', x5c: ['MIIC'] },
    accepted: [
      [
        { ...JWT, x5t: 't' },
        {
          jti: 'j',
          sub: 'repo:OWNER/REPOSITORY:ref:refs/heads/main',
          aud: 'https://shop.example',
          ref: 'refs/heads/main',
          repository: 'OWNER/REPOSITORY',
          nbf: now - 600,
        },
      ],
    ],
    refused: [
      [
        JWT,
        { jti: 'j', sub: 'repo:EVE/X', aud: 'https://shop.example', repository: 'EVE/X' },
        'claims',
      ],
    ],
  },
  kubernetes: {
    accepted: [
      [
        {},
        {
          aud: ['shop-api'],
          jti: randomUUID(),
          nbf: now,
          sub: 'system:serviceaccount:default:web',
          'kubernetes.io': { namespace: 'default' },
        },
      ],
    ],
    refused: [
      [{}, { aud: ['https://kubernetes.default.svc'], sub: 'system:serviceaccount:x:y' }, 'aud'],
    ],
  },
}

const issuers: Record<string, Issuer> = {
  ...identityServers,
  ...hostedSignIn,
  ...microsoftEntra,
  ...platforms,
}
test('each issuer has a shape', () =>
  expect(Object.keys(issuers).toSorted()).toEqual(Object.keys(SHAPES).toSorted()))

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const HASH: Record<string, string | null> = {
  RS256: 'sha256',
  ES256: 'sha256',
  ES384: 'sha384',
  EdDSA: null,
}
function tokenOf(alg: string, iss: string, [header, claims]: Parts): string {
  const payload = { iss, iat: now, exp: now + 3600, ...claims }
  const input = `${encode({ alg, kid: 'k', ...header })}.${encode(payload)}`
  const key = { key: KEYS[alg]!, dsaEncoding: 'ieee-p1363' as const }
  return `${input}.${sign(HASH[alg], Buffer.from(input), key).toString('base64url')}`
}

test.each(Object.entries(SHAPES))('%s', async (name, shape) => {
  const { alg = 'RS256', jwk = { alg, use: 'sig' }, accepted, refused = [] } = shape
  const published = createPublicKey(KEYS[alg]!).export({ format: 'jwk' }) as Jwk
  const options: Issuer = {
    ...issuers[name]!,
    keys: [{ ...published, kid: 'k', ...jwk }],
    // The names in capitals stand for GUIDs.
    ...(name === 'manyTenants' && { requiredClaims: { scp: 'access_as_user', tid: [tenant] } }),
  }
  const events: AuthEvent[] = []
  const auth = createAuth({ issuers: [options], onEvent: (event) => events.push(event) })
  for (const parts of accepted)
    expect(await auth.checkToken(tokenOf(alg, options.issuer, parts)), name).toMatchObject({
      ok: true,
    })
  for (const [header, claims, reason] of refused) {
    const checked = await auth.checkToken(tokenOf(alg, options.issuer, [header, claims]))
    expect(checked).toMatchObject({ code: 'token_invalid' })
    expect(events.at(-1)).toMatchObject({ reason })
  }
})
