import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { range, type Report } from '../harness/report.ts'
import { spread } from '../harness/rounds.ts'

const ROOT = join(import.meta.dirname, '..', '..')
/** Prints the milliseconds that the import takes. */
const IMPORT_PROGRAM =
  "const before = performance.now(); await import('latchkey'); " +
  'console.log(performance.now() - before)'

/** The time to import the package, and to start the server. */
export async function startUp({ rounds }: { rounds: number }): Promise<Report> {
  const imports: number[] = []
  const responses: number[] = []
  for (let round = 0; round < rounds; round++) {
    imports.push(
      Number(
        spawnSync(process.execPath, ['--input-type=module', '-e', IMPORT_PROGRAM], {
          cwd: ROOT,
          encoding: 'utf8',
        }).stdout,
      ),
    )
    responses.push(await timeToFirstResponse())
  }
  const [imported, responded] = [spread(imports), spread(responses)]
  return {
    title: 'Start-up',
    note:
      `${rounds} fresh processes each; wall time. The server creates its keys and its database ` +
      'at each start.',
    table: {
      head: ['what', 'ms'],
      rows: [
        ["`import 'latchkey'`", range(imported)],
        ['server process, from start to the first response', range(responded)],
      ],
    },
    goals: [
      { name: "`import 'latchkey'`", value: imported.median, limit: 15, unit: ' ms' },
      { name: 'first response of the server', value: responded.median, limit: 500, unit: ' ms' },
    ],
  }
}

/** Milliseconds from the start of the server process to its first response. */
async function timeToFirstResponse(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-start-'))
  const before = performance.now()
  const child = spawn(process.execPath, ['server/dist/cli.js'], {
    cwd: ROOT,
    env: { ...process.env, PORT: '0', LATCHKEY_DATA: join(folder, 'data') },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    for await (const text of child.stdout.setEncoding('utf8')) {
      const origin = /http:\/\/localhost:\d+/.exec(text as string)?.[0]
      if (origin === undefined) continue
      const { status } = await fetch(`${origin}/login`)
      if (status !== 200) throw new Error(`the server responded with ${status}`)
      return performance.now() - before
    }
    throw new Error('the server ended before it was ready')
  } finally {
    child.kill()
    rmSync(folder, { recursive: true, force: true })
  }
}
