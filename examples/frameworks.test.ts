import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { run } from './testing.ts'

const SECRET = 'a secret that only the tests know, and long enough'

const PROGRAMS = ['express/server.ts', 'fastify/server.ts', 'fetch/server.ts', 'koa/server.ts', 'nest/dist/nest/main.js', 'node/server.ts']

// Node takes types away, but compiles no decorators.
beforeAll(() => execFileSync(join(import.meta.dirname, '../node_modules/.bin/tsc'), ['-p', join(import.meta.dirname, 'nest')]))

test.each(PROGRAMS)('%s signs in, keeps signed in, and signs out', async (program) => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-example-'))
  const { origin, stop } = await run(join(import.meta.dirname, program), { cwd: folder, env: { SECRET } })
  try {
    await useOnce(origin)
  } finally {
    await stop()
    rmSync(folder, { recursive: true })
  }
})

/** One sign-in of each mode, as a client of any language does it. */
async function useOnce(origin: string): Promise<void> {
  const post = (path: string, headers: Record<string, string>, body?: object) =>
    fetch(origin + path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, ...(body && { body: JSON.stringify(body) }) })
  const me = async (headers: Record<string, string>) => {
    const answer = await fetch(`${origin}/me`, { headers })
    return [answer.status, answer.ok ? await answer.json() : null]
  }
  expect(await me({})).toEqual([401, null])
  expect((await post('/login', {}, { username: 'ada', password: 'wrong' })).status).toBe(401)

  const tokens = (await (await post('/login', {}, { username: 'ada', password: 'correct horse' })).json()) as Record<string, string>
  const bearer = { authorization: `Bearer ${tokens.access_token}` }
  expect(await me(bearer)).toEqual([200, { hello: 'ada' }])
  expect((await post('/refresh', { authorization: `Bearer ${tokens.refresh_token}` })).status).toBe(200)
  expect((await post('/logout', { authorization: `Bearer ${tokens.refresh_token}` })).status).toBe(204)
  expect(await me(bearer)).toEqual([401, null])

  const signedIn = await post('/login', {}, { username: 'ada', password: 'correct horse', mode: 'cookie' })
  const cookie = signedIn.headers.getSetCookie().map((each) => each.split(';', 1)[0]).join('; ')
  const own = { cookie, 'sec-fetch-site': 'same-origin' }
  expect(await me(own)).toEqual([200, { hello: 'ada' }])
  expect((await post('/refresh', own)).status).toBe(200)
  expect((await post('/logout', { cookie, 'sec-fetch-site': 'cross-site' })).status).toBe(403)
  expect((await post('/logout', own)).status).toBe(204)
  expect(await me(own)).toEqual([401, null])
}
