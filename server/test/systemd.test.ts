import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemdAnalyzeFor } from '../../scripts/systemd.mjs'
import { temporaryFolder } from './server.ts'

const systemdAnalyze = systemdAnalyzeFor('the unit of the documentation')

const page = readFileSync(join(import.meta.dirname, '../../docs/operate.md'), 'utf8')
const unit = /^```text\n(\[Unit\][\s\S]*?)^```$/m.exec(page)![1]!

function verify(text: string): string {
  const file = join(temporaryFolder(), 'latchkey.service')
  writeFileSync(file, text)
  const { stdout, stderr } = spawnSync(systemdAnalyze!, ['verify', file], { encoding: 'utf8' })
  // Units of the machine itself are none of our business.
  const lines = (stdout + stderr).split('\n').filter((line) => line.includes('latchkey.service'))
  return lines.join('\n')
}

test.skipIf(systemdAnalyze === null)('systemd finds no fault in the unit', () => {
  expect(verify(unit)).toBe('')
  expect(verify(unit.replace('RestartSec', 'RestartSecs'))).toContain('RestartSecs')
})
