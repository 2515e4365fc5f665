import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

test("a storm over a server of one's own tells what is wrong with it", { timeout: 120_000 }, () => {
  const printed = execFileSync(
    process.execPath,
    ['--conditions=latchkey-source', join(import.meta.dirname, 'storm.ts')],
    { encoding: 'utf8' },
  )
  expect(printed).toMatch(/^our own server, seed 7/)
  expect(Number(/honest sign-outs +(\d+)/.exec(printed)![1])).toBeGreaterThan(10)
  expect(printed).toMatch(/; 0 missed; /)
  expect(printed).toMatch(/forks +0/)
})
