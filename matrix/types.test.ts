import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const SCRIPT = join(import.meta.dirname, '..', 'scripts', 'types-matrix.mjs')
const FIFTEEN_MINUTES = 900_000

test(
  'declarations: compile with each version of TypeScript and of the types of Node',
  async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT])
    expect(stdout).not.toContain('FAIL')
    expect(stdout.match(/^ok/gm)).toHaveLength(8)
  },
  FIFTEEN_MINUTES,
)
