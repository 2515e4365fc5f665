import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from '../testing.ts'

const folder = mkdtempSync(join(tmpdir(), 'latchkey-command-'))
let server: Awaited<ReturnType<typeof run>>

beforeAll(async () => {
  server = await run(join(import.meta.dirname, '../quickstart/server.ts'), {
    cwd: folder,
    env: { SECRET: 'a secret that only the tests know, and long enough' },
  })
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

/** What the command prints. */
function orders(...args: string[]): string {
  const script = join(import.meta.dirname, 'orders.ts')
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--conditions=latchkey-source', script, ...args],
    { env: { ...process.env, ORIGIN: server.origin, HOME: folder }, encoding: 'utf8' },
  )
  return stdout + stderr
}

test('the command signs in once, and ends by itself each time', () => {
  expect(orders()).toContain('token_missing')
  expect(orders('ada', 'wrong')).toContain('The username or password is incorrect.')
  expect(orders('ada', 'correct horse')).toBe('{"hello":"ada"}\n')
  expect(orders()).toBe('{"hello":"ada"}\n')
})
