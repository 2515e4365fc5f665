import { randomBytes } from 'node:crypto'
import { createAuth } from 'latchkey'
import { getAuth, guard, routes } from 'latchkey/fetch'
import { memoryStore } from 'latchkey/stores/memory'
import { expect, test } from 'vitest'

const clock = { now: Date.now() }
const auth = createAuth({ secret: randomBytes(32), store: memoryStore(), now: () => clock.now })
const serveRoutes = routes(auth)
const me = guard(auth, (request: Request) => Response.json({ name: getAuth(request).identity }))

const send = (token: string) =>
  me(new Request('http://localhost/me', { headers: { authorization: `Bearer ${token}` } }))

test('a request with a token, with an expired one, and after the session', async () => {
  const { accessToken, refreshToken, sessionId } = await auth.signIn('ada')
  expect(await (await send(accessToken)).json()).toEqual({ name: 'ada' })

  clock.now += 60 * 60 * 1000
  expect(await (await send(accessToken)).json()).toMatchObject({ error: 'token_expired' })
  const renewed = await serveRoutes(
    new Request('http://localhost/refresh', {
      method: 'POST',
      headers: { authorization: `Bearer ${refreshToken}` },
    }),
  )
  const { access_token } = (await renewed!.json()) as { access_token: string }
  expect((await send(access_token)).status).toBe(200)

  await auth.signOut(sessionId)
  expect(await (await send(access_token)).json()).toMatchObject({ error: 'session_signed_out' })
})
