import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTutorial } from '../../examples/tutorial/app.ts'
import { blocksOf, PAGES, ROOT } from './pages.ts'

describe('shell commands of a page, in order, against running servers', () => {
  /** Lines that are not run here: the suites start the servers themselves, and install nothing. */
  const SKIPPED = [
    /^npm (?:start|test|install|run build)\b/,
    /^npx node examples\/tutorial\/server\.ts/,
    /^SECRET=.+ node server\.ts/,
  ]
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-docs-'))
  let now = Date.now()
  let server: ChildProcess
  let tutorial: Server
  let clock: Server
  let addresses: Array<[inPage: string, here: string]>

  beforeAll(async () => {
    server = spawn(process.execPath, ['--conditions=latchkey-source', 'server/src/cli.ts'], {
      cwd: ROOT,
      env: { ...process.env, PORT: '0', LATCHKEY_DATA: join(folder, 'data') },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    tutorial = createTutorial({
      secret: 'a secret that only the tests know, and long enough',
      now: () => now,
    })
    clock = createServer((request, response) => {
      now += Number(request.url!.slice(1)) * 1000
      response.end()
    })
    const [origin, ...ports] = await Promise.all([
      originOf(server),
      portOf(tutorial),
      portOf(clock),
    ])
    addresses = [
      ['http://localhost:3000', origin],
      ['localhost:5000', `127.0.0.1:${ports[0]}`],
      ['sleep ', `curl -s http://127.0.0.1:${ports[1]}/`],
    ]
  })
  afterAll(() => {
    server.kill()
    for (const started of [tutorial, clock]) started.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test.each(PAGES.filter((page) => shellOf(page) !== ''))('%s', async (page) => {
    const shell = addresses.reduce(
      (text, [inPage, here]) => text.replaceAll(inPage, here),
      shellOf(page),
    )
    const env = { ...process.env, TMPDIR: folder }
    await expect(
      run('bash', ['-euo', 'pipefail', '-c', shell], { cwd: ROOT, env, timeout: 20_000 }),
    ).resolves.toBeDefined()
  })

  function shellOf(page: string): string {
    const lines = blocksOf(page)
      .filter(({ language }) => language === 'sh')
      .flatMap(({ text }) => text.split('\n'))
    return lines
      .filter((line) => !SKIPPED.some((pattern) => pattern.test(line)))
      .join('\n')
      .trim()
  }
})

const run = promisify(execFile)

function originOf({ stdout }: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = ''
    stdout!.setEncoding('utf8').on('data', (text: string) => {
      printed += text
      const found = /http:\/\/localhost:\d+/.exec(printed)
      if (found) resolve(found[0])
    })
    stdout!.once('end', () =>
      reject(new Error(`the server ended before it was ready:\n${printed}`)),
    )
  })
}

async function portOf(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return (server.address() as AddressInfo).port
}
