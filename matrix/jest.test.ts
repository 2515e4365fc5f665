/** Every entry of the package in Jest, which loads CommonJS; packages of others may be ES modules. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const FOLDER = join(import.meta.dirname, 'jest')

test('Jest: every entry can be required', { timeout: 120_000 }, () => {
  const jest = join(FOLDER, 'node_modules/jest/bin/jest.js')
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--experimental-vm-modules', jest, '--ci', '--runInBand'],
    {
      cwd: FOLDER,
      encoding: 'utf8',
    },
  )
  expect(stderr).toMatch(/Tests: +(?:2\d|[3-9]\d) passed, (?:2\d|[3-9]\d) total/)
  expect(status).toBe(0)
})
