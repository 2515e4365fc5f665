import { expect } from 'vitest'
import { refresh, type Saved } from './protocol/refresh.ts'

/** Signs in, refreshes and signs out in both modes, over plain HTTP. */
export async function useOnce(origin: string, base = ''): Promise<void> {
  const post = (path: string, headers: Record<string, string>, body?: object) =>
    fetch(origin + base + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      ...(body && { body: JSON.stringify(body) }),
    })
  const me = async (headers: Record<string, string>) => {
    const response = await fetch(`${origin}/me`, { headers })
    return [response.status, response.ok ? await response.json() : null]
  }
  expect(await me({})).toEqual([401, null])
  expect((await post('/login', {}, { username: 'ada', password: 'wrong' })).status).toBe(401)

  const tokens = (await (
    await post('/login', {}, { username: 'ada', password: 'correct horse' })
  ).json()) as Record<string, string>
  const bearer = { authorization: `Bearer ${tokens.access_token}` }
  expect(await me(bearer)).toEqual([200, { hello: 'ada' }])
  let saved: Saved = {
    refreshToken: tokens.refresh_token!,
    generation: 0,
    pending: null,
    previous: null,
  }
  const save = async (record: Saved) => void (saved = record)
  const refreshed = await refresh(origin + base, saved, save)
  expect(refreshed.session_id).toBe(tokens.session_id)
  expect(saved).toMatchObject({ refreshToken: refreshed.refresh_token, generation: 0 })
  expect((await post('/logout', { authorization: `Bearer ${tokens.refresh_token}` })).status).toBe(
    204,
  )
  expect(await me(bearer)).toEqual([401, null])

  const signedIn = await post(
    '/login',
    {},
    { username: 'ada', password: 'correct horse', mode: 'cookie' },
  )
  const cookie = signedIn.headers
    .getSetCookie()
    .map((pair) => pair.split(';', 1)[0])
    .join('; ')
  const own = { cookie, 'sec-fetch-site': 'same-origin' }
  expect(await me(own)).toEqual([200, { hello: 'ada' }])
  expect((await post('/refresh', own)).status).toBe(200)
  expect((await post('/logout', { cookie, 'sec-fetch-site': 'cross-site' })).status).toBe(403)
  expect((await post('/logout', own)).status).toBe(204)
  expect(await me(own)).toEqual([401, null])
}
