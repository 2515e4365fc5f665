import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, test } from 'vitest'
import { run } from './testing.ts'
import { useOnce } from './use-once.ts'

const SECRET = 'a secret that only the tests know, and long enough'

const PROGRAMS = [
  'express/server.ts',
  'fastify/server.ts',
  'fetch/server.ts',
  'koa/server.ts',
  'nest/dist/nest/main.js',
  'node/server.ts',
]

// Node strips types but does not compile decorators.
beforeAll(() =>
  execFileSync(join(import.meta.dirname, '../node_modules/.bin/tsc'), [
    '-p',
    join(import.meta.dirname, 'nest'),
  ]),
)

test.each(PROGRAMS)('%s: sign-in, refresh and sign-out in both modes', async (program) => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-example-'))
  const { origin, stop } = await run(join(import.meta.dirname, program), {
    cwd: folder,
    env: { SECRET },
  })
  try {
    await useOnce(origin)
  } finally {
    await stop()
    rmSync(folder, { recursive: true })
  }
})
