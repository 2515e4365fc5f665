import { createAuth, type SessionAuth, type TokenAuth } from 'latchkey'
import { fromFlask } from 'latchkey/flask'
import { memoryStore } from 'latchkey/stores/memory'
import { expect, test } from 'vitest'
import { request } from './request.ts'

const SECRET = 'a secret that only the tests know, and long enough'
const START = Date.UTC(2026, 0, 1)

const ask = (auth: SessionAuth | TokenAuth, token: string, maxAge: number) =>
  auth.authenticate(request({ headers: { authorization: `Bearer ${token}` } }), { maxAge })

test('maxAge: to the second, and the refusal says how recent the sign-in must be', async () => {
  let now = START
  const auth = createAuth({ secret: SECRET, store: memoryStore(), now: () => now })
  const { accessToken } = await auth.signIn('ada')
  now += 60_000
  expect(await ask(auth, accessToken, 60)).toMatchObject({ ok: true, identity: 'ada' })
  now += 1
  expect(await ask(auth, accessToken, 60)).toMatchObject({
    ok: false,
    code: 'reauthentication_required',
    status: 401,
    maxAge: 60,
  })
  expect(await ask(auth, accessToken, 61)).toMatchObject({ ok: true })
})

test('maxAge: without a store, only a fresh token says when its user signed in', async () => {
  let now = START
  const auth = createAuth({ secret: SECRET, now: () => now })
  const fresh = auth.createAccessToken('ada', { fresh: true })
  const renewed = auth.createAccessToken('ada')
  expect(await ask(auth, fresh, 60)).toMatchObject({ ok: true })
  expect(await ask(auth, renewed, 60)).toMatchObject({ code: 'reauthentication_required' })
  now += 61_000
  expect(await ask(auth, fresh, 60)).toMatchObject({ code: 'reauthentication_required' })
})

test('maxAge: holds with the settings of Flask-JWT-Extended', async () => {
  const auth = createAuth(fromFlask({ JWT_SECRET_KEY: SECRET }))
  const fresh = auth.createAccessToken('ada', { fresh: true })
  const renewed = auth.createAccessToken('ada')
  expect(await ask(auth, fresh, 60)).toMatchObject({ ok: true })
  expect(await ask(auth, renewed, 60)).toMatchObject({ code: 'reauthentication_required' })
})

test.each([0, -1, Number.NaN, Infinity, '300'])('maxAge: %s is a mistake', (maxAge) => {
  const auth = createAuth({ secret: SECRET })
  expect(() => ask(auth, 'x', maxAge as number)).toThrow(
    'requirement "maxAge" must be a positive number of seconds',
  )
})
