import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { createAuth, type AuthEvent, type AuthOptions } from 'latchkey'
import { memoryStore } from 'latchkey/stores/memory'
import { request } from '../http/request.ts'

const SECRETS: Record<string, string> = {
  acme: 'the secret of acme, of more than thirty-two bytes',
  globex: 'the secret of globex, of more than thirty-two bytes',
}
const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const tenants = {
  encodeKey: (user: string) => SECRETS[user.split('@')[1]!]!,
  decodeKey: (_header: Record<string, unknown>, { sub }: { sub: string }) =>
    SECRETS[sub.split('@')[1]!] ?? null,
}
const outcomeOf = async (options: Partial<AuthOptions>, token: string) => {
  const outcome = await createAuth({ ...options }).authenticate(
    request({ headers: { authorization: `Bearer ${token}` } }),
  )
  return outcome.ok ? outcome.identity : outcome.code
}

test('keys by callback: a tenant cannot make tokens of another', async () => {
  const auth = createAuth(tenants)
  const token = auth.createAccessToken('ada@acme')
  expect(auth.decodeToken(token)).toMatchObject({ ok: true, claims: { sub: 'ada@acme' } })
  expect(await outcomeOf(tenants, token)).toBe('ada@acme')
  const forged = createAuth({ secret: SECRETS.globex }).createAccessToken('ada@acme')
  expect(await outcomeOf(tenants, forged)).toBe('token_invalid')
  expect(
    await outcomeOf(
      tenants,
      createAuth({ secret: SECRETS.globex }).createAccessToken('ada@nowhere'),
    ),
  ).toBe('token_invalid')
})

test('callbacks may return promises; the key, not the token, sets the algorithm', async () => {
  const key = { key: pair.privateKey, alg: 'ES256' as const }
  const auth = createAuth({
    encodeKey: async () => key,
    decodeKey: async () => ({ key: pair.publicKey, alg: 'ES256' as const }),
  })
  const token = await auth.createAccessToken('ada')
  expect(await auth.decodeToken(token)).toMatchObject({ ok: true, header: { alg: 'ES256' } })
  expect(await auth.jti(token)).toEqual(expect.any(String))
  expect(
    await outcomeOf(
      { decodeKey: () => ({ key: pair.publicKey, alg: 'ES256' }) },
      createAuth({ secret: SECRETS.acme }).createAccessToken('ada'),
    ),
  ).toBe('token_invalid')
})

test('a callback that returns no key refuses the token; one that fails throws', async () => {
  const token = createAuth({ secret: SECRETS.acme }).createAccessToken('ada')
  const events: AuthEvent[] = []
  const onEvent = (event: AuthEvent) => void events.push(event)
  expect(await outcomeOf({ decodeKey: () => null }, token)).toBe('token_invalid')
  for (const decodeKey of [
    () => Promise.reject(new Error('away')),
    () => 'short',
    () => 5,
    () => ({ alg: 'none' }),
  ]) {
    await expect(outcomeOf({ decodeKey: decodeKey as never, onEvent }, token)).rejects.toThrow(
      Error,
    )
  }
  expect(events.map(({ type }) => type)).toEqual(Array.from({ length: 4 }, () => 'callback-failed'))
  for (const bad of ['x', 'x.y.z', '', '..', 'x'.repeat(9000)])
    expect(await outcomeOf({ decodeKey: () => SECRETS.acme! }, bad)).toBe('token_invalid')
  expect(() =>
    createAuth({ encodeKey: () => 'short', decodeKey: () => null }).createAccessToken('ada'),
  ).toThrow(/"encodeKey" must have at least 32 bytes/)
})

test('a withdrawn key refuses tokens that were verified before', async () => {
  let known = true
  const auth = createAuth({
    encodeKey: () => SECRETS.acme!,
    decodeKey: () => (known ? SECRETS.acme! : null),
  })
  const token = auth.createAccessToken('ada')
  for (let i = 0; i < 3; i++) expect(auth.decodeToken(token)).toMatchObject({ ok: true })
  known = false
  expect(auth.decodeToken(token)).toMatchObject({ ok: false, code: 'token_invalid' })
})

test('keys by callback cannot be combined with a store', () => {
  expect(() =>
    createAuth({ secret: SECRETS.acme, store: memoryStore(), decodeKey: () => null }),
  ).toThrow(/"encodeKey" and "decodeKey" cannot be used with a store/)
})
