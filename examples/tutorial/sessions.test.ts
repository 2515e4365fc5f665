import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTutorial, type Tutorial } from './testing.ts'

let app: Tutorial
beforeAll(async () => void (app = await startTutorial()))
afterAll(() => app.stop())

const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>

test('refresh: the claims of the user stay the same', async () => {
  let { access_token, refresh_token } = await app.signIn({ rotate: 'yes' })
  for (let refreshed = 0; refreshed < 3; refreshed++) {
    expect(claimsOf(access_token)).toMatchObject({
      sub: 'liuyong',
      age: '24',
      fresh: refreshed === 0,
    })
    app.advance(60)
    const { status, body } = await app.post('/refresh', { refresh_token })
    expect(status).toBe(200)
    ;({ access_token, refresh_token } = body as { access_token: string; refresh_token: string })
    expect(await app.post('/test', { token: access_token })).toMatchObject({ status: 200 })
    const { body: responseBody } = await app.send('GET', '/protected', {
      headers: { authorization: `Bearer ${access_token}` },
    })
    expect(responseBody).toEqual({ logged_in_as: { age: '24', username: 'liuyong' } })
  }
})

test('concurrent refreshes: all return the same next token', async () => {
  const { refresh_token, session_id } = await app.signIn({ rotate: 'yes' })
  app.advance(60)
  const responses = await Promise.all(
    Array.from({ length: 20 }, () => app.post('/refresh', { refresh_token })),
  )
  expect(responses.map(({ status }) => status)).toEqual(Array(20).fill(200))
  expect(new Set(responses.map(({ body }) => body!.refresh_token)).size).toBe(1)
  expect(responses[0]!.body).toMatchObject({ session_id, generation: 1 })
})

test('replaced refresh token used again: the session ends for everyone', async () => {
  const stolen = await app.signIn({ rotate: 'yes' })
  let owner: Record<string, unknown> = stolen
  for (let refreshed = 0; refreshed < 2; refreshed++) {
    app.advance(60)
    owner = (await app.post('/refresh', { refresh_token: owner.refresh_token })).body!
  }
  expect(owner.refresh_token).not.toBe(stolen.refresh_token)
  expect(await app.post('/test', { token: owner.access_token })).toMatchObject({ status: 200 })

  const reused = { status: 401, body: { error: 'refresh_token_reused' } }
  expect(await app.post('/refresh', { refresh_token: stolen.refresh_token })).toMatchObject(reused)
  expect(await app.post('/refresh', { refresh_token: owner.refresh_token })).toMatchObject(reused)
  expect(await app.post('/test', { token: owner.access_token })).toMatchObject(reused)
  expect(app.events).toContainEqual(
    expect.objectContaining({
      type: 'reused',
      sessionId: stolen.session_id,
      device: expect.objectContaining({ address: '127.0.0.1' }),
    }),
  )
})

test('without rotation: the first refresh token works for a month', async () => {
  const { refresh_token } = await app.signIn()
  for (let day = 0; day < 30; day++) {
    app.advance(24 * 60 * 60)
    const { status, body } = await app.post('/refresh', { token: 'the expired one', refresh_token })
    expect({ status, refresh_token: body!.refresh_token }).toEqual({ status: 200, refresh_token })
    expect(await app.post('/test', { token: body!.access_token })).toMatchObject({ status: 200 })
  }
})

test.each(['yes', 'no'])(
  'sign-out: both tokens stop working at once (rotate=%s)',
  async (rotate) => {
    const { access_token, refresh_token } = await app.signIn({ rotate })
    expect(await app.post('/logout', { refresh_token })).toMatchObject({ status: 204 })
    const over = { status: 401, body: { error: 'session_signed_out' } }
    expect(await app.post('/test', { token: access_token })).toMatchObject(over)
    expect(await app.post('/refresh', { refresh_token })).toMatchObject(over)
  },
)

test('server restarted: the session continues', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-tutorial-'))
  const database = join(folder, 'sessions.db')
  const before = await startTutorial({ database })
  const { access_token, refresh_token } = await before.signIn({ rotate: 'yes' })
  await before.stop()
  const after = await startTutorial({ database })
  expect(await after.post('/test', { token: access_token })).toMatchObject({ status: 200 })
  expect(await after.post('/refresh', { refresh_token })).toMatchObject({ status: 200 })
  await after.stop()
  rmSync(folder, { recursive: true })
})
