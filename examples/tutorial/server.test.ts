import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { run } from '../testing.ts'

const SERVER = join(import.meta.dirname, 'server.ts')

test('server.ts: prints the address of the page; sessions survive a restart', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-tutorial-'))
  const first = await run(SERVER, { cwd: folder, env: { DATA: folder } })
  expect((await fetch(`${first.origin}/index`)).status).toBe(200)
  const form = new URLSearchParams({ username: 'test', password: 'test', rotate: 'yes' })
  const { refresh_token } = (await (
    await fetch(`${first.origin}/login`, { method: 'POST', body: form })
  ).json()) as { refresh_token: string }
  await first.stop()

  const second = await run(SERVER, { cwd: folder, env: { DATA: folder } })
  const response = await fetch(`${second.origin}/refresh`, {
    method: 'POST',
    headers: { authorization: `Bearer ${refresh_token}` },
  })
  expect(response.status).toBe(200)
  await second.stop()
  expect(statSync(join(folder, 'secret')).mode & 0o077).toBe(0)
  rmSync(folder, { recursive: true })
})
