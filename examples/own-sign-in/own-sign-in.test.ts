import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from '../testing.ts'

const EMAIL = 'ada@example.com'
const folder = mkdtempSync(join(tmpdir(), 'latchkey-own-sign-in-'))
let server: Awaited<ReturnType<typeof run>>

beforeAll(async () => {
  server = await run(join(import.meta.dirname, 'server.ts'), {
    cwd: folder,
    env: { SECRET: 'a secret that only the tests know, and long enough' },
  })
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

const post = (path: string, body: object, headers: Record<string, string> = {}) =>
  fetch(server.origin + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin', ...headers },
    body: JSON.stringify(body),
  })

/** The code of the last message. */
async function newCode(): Promise<string> {
  expect((await post('/code', { email: EMAIL })).status).toBe(204)
  return /(\d{8})\n$/.exec(readFileSync(join(folder, 'outbox.txt'), 'utf8'))![1]!
}

test('a code signs in once, in cookie mode, and another site cannot use it', async () => {
  const code = await newCode()
  const body = { email: EMAIL, code, mode: 'cookie' }
  const wrong = await post('/code/verify', { ...body, code: 'wrong' })
  expect([wrong.status, await wrong.json()]).toMatchObject([401, { error: 'credentials_invalid' }])
  const signedIn = await post('/code/verify', body)
  expect(signedIn.status).toBe(200)
  const cookie = signedIn.headers
    .getSetCookie()
    .map((pair) => pair.split(';', 1)[0])
    .join('; ')
  const me = await fetch(`${server.origin}/me`, { headers: { cookie } })
  expect(await me.json()).toEqual({ hello: EMAIL })
  expect((await post('/code/verify', body)).status).toBe(401)
  const other = { ...body, code: await newCode() }
  const forged = await post('/code/verify', other, { 'sec-fetch-site': 'cross-site' })
  expect([forged.status, forged.headers.getSetCookie()]).toEqual([403, []])
})

test('an unknown address gets the same response, and no mail', async () => {
  const before = readFileSync(join(folder, 'outbox.txt'), 'utf8')
  expect((await post('/code', { email: 'eve@example.com' })).status).toBe(204)
  expect(readFileSync(join(folder, 'outbox.txt'), 'utf8')).toBe(before)
})
