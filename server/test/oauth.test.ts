import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { createAuth } from 'latchkey'
import { remoteKeys } from 'latchkey/remote-keys'
import * as oauth from 'oauth4webapi'
import { expect, test } from 'vitest'
import { pyjwtFor } from '../../scripts/pyjwt.mjs'
import { MINUTE, startServer, type TestServer } from './server.ts'

const SHOP_SECRET = 'shop-secret-of-the-tests-0123456789'
const NEXT_SECRET = 'next-secret-of-the-tests-0123456789'
const LATCHKEY_CLIENTS = `shop:${SHOP_SECRET},billing:${'b'.repeat(40)},shop:${NEXT_SECRET}`
const client = { client_id: 'shop' }
const insecure = { [oauth.allowInsecureRequests]: true } as const
const asShop = oauth.ClientSecretBasic(SHOP_SECRET)

/** The clock of the libraries that verify is the real one, so that of the server is too. */
async function startNow(env: Record<string, string> = {}): Promise<TestServer> {
  const server = await startServer({ LATCHKEY_CLIENTS, ...env })
  server.clock.now = Date.now()
  return server
}

async function discover({ origin }: TestServer): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(origin)
  const response = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure })
  return oauth.processDiscoveryResponse(issuer, response)
}

async function introspectAt(as: oauth.AuthorizationServer, token: string) {
  const response = await oauth.introspectionRequest(as, client, asShop, token, insecure)
  return oauth.processIntrospectionResponse(as, client, response)
}

/** Sends the form of a client without a library. */
const post = async (
  { send }: TestServer,
  path: string,
  form: Record<string, string>,
  authorization?: string,
) => send('POST', path, { form, headers: authorization === undefined ? {} : { authorization } })

const basic = (id: string, secret: string) =>
  `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`

test('metadata: the issuer and what the server has, and no empty list', async () => {
  const server = await startNow()
  const { body, headers } = await server.send('GET', '/.well-known/oauth-authorization-server')
  expect(headers['content-type']).toMatch(/^application\/json/)
  const methods = ['client_secret_basic', 'client_secret_post']
  expect(body).toEqual({
    issuer: server.origin,
    jwks_uri: `${server.origin}/.well-known/jwks.json`,
    introspection_endpoint: `${server.origin}/introspect`,
    introspection_endpoint_auth_methods_supported: methods,
    revocation_endpoint: `${server.origin}/revoke`,
    revocation_endpoint_auth_methods_supported: methods,
  })
})

test('metadata: an issuer with a path is found below the well-known path', async () => {
  const server = await startServer({ LATCHKEY_ISSUER: 'https://id.example/shop' })
  for (const path of ['', '/shop'])
    expect(
      (await server.send('GET', `/.well-known/oauth-authorization-server${path}`)).body,
    ).toEqual({
      issuer: 'https://id.example/shop',
      jwks_uri: `${server.origin}/.well-known/jwks.json`,
    })
})

test('access token: oauth4webapi accepts it by RFC 9068, not for another audience', async () => {
  const server = await startNow()
  const { access_token } = await server.register()
  const as = await discover(server)
  const request = new Request(server.origin, {
    headers: { authorization: `Bearer ${access_token}` },
  })
  const claims = await oauth.validateJwtAccessToken(as, request, server.origin, insecure)
  expect(claims).toMatchObject({ iss: server.origin, client_id: 'latchkey' })
  await expect(
    oauth.validateJwtAccessToken(as, request, 'https://other.example', insecure),
  ).rejects.toThrow()
})

test('access token: jose accepts it; issuer and audience can be set', async () => {
  const [LATCHKEY_ISSUER, LATCHKEY_AUDIENCE] = ['https://id.example', 'shop']
  const server = await startNow({ LATCHKEY_ISSUER, LATCHKEY_AUDIENCE })
  const { access_token, refresh_token } = await server.register()
  const keys = createRemoteJWKSet(new URL(`${server.origin}/.well-known/jwks.json`))
  const rules = { issuer: LATCHKEY_ISSUER, audience: LATCHKEY_AUDIENCE, typ: 'at+jwt' }
  const { payload } = await jwtVerify(access_token, keys, rules)
  server.clock.now += MINUTE * 1000
  const { body } = await server.send('POST', '/refresh', { token: refresh_token })
  const refreshed = await jwtVerify(String(body.access_token), keys, {
    ...rules,
    currentDate: new Date(server.clock.now),
  })
  for (const claim of ['iss', 'aud', 'sub', 'client_id', 'auth_time'])
    expect(refreshed.payload[claim]).toEqual(payload[claim])
})

test('access token: the option "issuers" of the library accepts it', async () => {
  const server = await startNow()
  const { access_token } = await server.register()
  const jwks = `${server.origin}/.well-known/jwks.json`
  const accepts = async (audience: string) => {
    const keys = remoteKeys(jwks, { dangerouslyInsecureLoopback: true })
    const auth = createAuth({ issuers: [{ issuer: server.origin, audience, keys }] })
    return (await auth.checkToken(access_token)).ok
  }
  expect(await accepts(server.origin)).toBe(true)
  expect(await accepts('https://other.example')).toBe(false)
})

const python = pyjwtFor('tokens of the server in PyJWT')

test.skipIf(python === null)('access token: PyJWT accepts it by the JWKS', async () => {
  const server = await startNow()
  const { access_token } = await server.register()
  const script = `
import jwt, sys
token, origin = sys.argv[1:]
key = jwt.PyJWKClient(origin + '/.well-known/jwks.json').get_signing_key_from_jwt(token)
claims = jwt.decode(token, key.key, algorithms=['ES256'], audience=origin, issuer=origin,
    options={'require': ['iss', 'aud', 'sub', 'exp', 'iat', 'jti']})
print(claims['username'])`
  const { stdout } = await promisify(execFile)(python!, ['-c', script, access_token, server.origin])
  expect(stdout.trim()).toBe('ada')
})

test('access token: a server with the same keys and another audience refuses it', async () => {
  const first = await startNow({ LATCHKEY_AUDIENCE: 'staging' })
  const { access_token: token } = await first.register()
  await first.close()
  const second = await startServer(
    { LATCHKEY_AUDIENCE: 'production' },
    { folder: first.folder, clock: first.clock },
  )
  expect((await second.send('GET', '/protected', { token })).body.error).toBe('token_invalid')
})

test('introspect: active with its claims; inactive after the sign-out', async () => {
  const server = await startNow()
  const { access_token, refresh_token, session_id } = await server.register()
  const as = await discover(server)
  expect(await introspectAt(as, access_token)).toMatchObject({
    active: true,
    iss: server.origin,
    aud: server.origin,
    client_id: 'latchkey',
    token_type: 'Bearer',
    username: 'ada',
    sid: session_id,
  })
  expect(await introspectAt(as, refresh_token)).toMatchObject({ active: true, sid: session_id })
  await server.send('POST', '/logout', { token: refresh_token })
  for (const token of [access_token, refresh_token, 'unknown'])
    expect(await introspectAt(as, token)).toEqual({ active: false })
})

test('revoke: ends the session of either token; 200 for unknown tokens, wrong hints', async () => {
  const server = await startNow()
  const as = await discover(server)
  await server.register()
  for (const kind of ['access_token', 'refresh_token'] as const) {
    const tokens = await server.signIn()
    const response = await oauth.revocationRequest(as, client, asShop, tokens[kind], {
      ...insecure,
      additionalParameters: { token_type_hint: 'saml_assertion' },
    })
    await oauth.processRevocationResponse(response)
    const { status } = await server.send('GET', '/protected', { token: tokens.access_token })
    expect([kind, status]).toEqual([kind, 401])
    const again = await post(server, '/revoke', { token: tokens[kind] }, basic('shop', SHOP_SECRET))
    expect(again.status).toBe(200)
  }
  expect(
    (await post(server, '/revoke', { token: 'unknown' }, basic('shop', SHOP_SECRET))).status,
  ).toBe(200)
})

test('client: both secrets of an id are accepted, in the header and in the form', async () => {
  const server = await startNow()
  const { access_token: token } = await server.register()
  const active = async (form: Record<string, string>, authorization?: string) =>
    (await post(server, '/introspect', { token, ...form }, authorization)).body.active
  for (const secret of [SHOP_SECRET, NEXT_SECRET]) {
    expect(await active({}, basic('shop', secret))).toBe(true)
    expect(await active({ client_id: 'shop', client_secret: secret })).toBe(true)
  }
})

test('client: anything else is refused with invalid_client', async () => {
  const server = await startNow()
  const { access_token: token } = await server.register()
  const attempts: Array<[Record<string, string>, string?]> = [
    [{}],
    [{ client_id: 'shop' }],
    [{ client_id: 'shop', client_secret: '' }],
    [{ client_id: 'shop', client_secret: 'b'.repeat(40) }],
    [{}, basic('shop', SHOP_SECRET.toUpperCase())],
    [{}, basic('billing', SHOP_SECRET)],
    [{}, basic('', '')],
    [{}, `Bearer ${token}`],
    [{}, 'Basic %'],
    [{}, basic('%', '%')],
    [{ client_id: 'shop', client_secret: SHOP_SECRET }, basic('shop', SHOP_SECRET)],
  ]
  for (const path of ['/introspect', '/revoke'])
    for (const [form, authorization] of attempts) {
      const { status, body, headers } = await post(server, path, { token, ...form }, authorization)
      expect([status, body.error]).toEqual([401, 'invalid_client'])
      expect(headers['www-authenticate']).toBe('Basic realm="latchkey"')
    }
  expect((await server.send('GET', '/protected', { token })).status).toBe(200)
})

test('client: without configured clients nobody may introspect or revoke', async () => {
  const server = await startServer()
  const { access_token: token } = await server.register()
  for (const path of ['/introspect', '/revoke'])
    expect((await post(server, path, { token }, basic('shop', SHOP_SECRET))).body.error).toBe(
      'invalid_client',
    )
})

test('introspect: without a token, with JSON or with GET, refused', async () => {
  const server = await startNow()
  const authorization = basic('shop', SHOP_SECRET)
  expect((await post(server, '/introspect', {}, authorization)).body.error).toBe('invalid_request')
  expect((await post(server, '/introspect', { token: '' }, authorization)).status).toBe(400)
  const json = await server.send('POST', '/introspect', {
    json: { token: 'x' },
    headers: { authorization },
  })
  expect(json.body.error).toBe('invalid_request')
  expect((await server.send('GET', '/introspect', { headers: { authorization } })).status).toBe(405)
})
