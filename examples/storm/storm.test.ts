import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const run = (program: string): string =>
  execFileSync(
    process.execPath,
    ['--conditions=latchkey-source', join(import.meta.dirname, program)],
    { encoding: 'utf8' },
  )

test(
  'the storm on our own server: thefts are found, and honest users are signed out',
  { timeout: 120_000 },
  () => {
    const output = run('storm.ts')
    expect(output).toMatch(/^our own server, seed 7/)
    expect(Number(/honest sign-outs +(\d+)/.exec(output)![1])).toBeGreaterThan(10)
    expect(output).toMatch(/; 0 missed; /)
    expect(output).toMatch(/forks +0/)
  },
)

test('the storm on Latchkey: no violations', { timeout: 120_000 }, () => {
  expect(run('latchkey.ts')).toMatch(/^Latchkey, seed 7/)
})
