import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ERRORS, TOKEN_ERRORS } from 'latchkey'
import { ALGORITHMS } from '../../library/src/core/algorithms.ts'
import { createTutorial } from '../../examples/tutorial/app.ts'
import { SERVER_ERRORS } from '../../server/src/errors.ts'
import { SETTINGS } from '../../server/src/cli/config.ts'
import { blocksOf, dedent, PAGES, readPage, ROOT } from './blocks.ts'

const blocks = PAGES.flatMap(blocksOf)

describe('code in the pages is code that runs', () => {
  test.each(blocks.filter(({ language }) => ['ts', 'tsx', 'js', 'html', 'sql'].includes(language)))(
    '$page:$line stands in $from',
    ({ from, text }) => {
      expect(from, 'the comment <!-- from FILE --> above the block').not.toBeNull()
      const file = readFileSync(join(ROOT, from!), 'utf8')
      const lines = dedent(text)
      const found = file
        .split('\n')
        .some(
          (_, at, all) => dedent(all.slice(at, at + lines.split('\n').length).join('\n')) === lines,
        )
      expect(found, `the block as consecutive lines of ${from}`).toBe(true)
    },
  )

  test('every block says its language', () => {
    const known = ['ts', 'tsx', 'js', 'html', 'sql', 'sh', 'json', 'text']
    expect(
      blocks
        .filter(({ language }) => !known.includes(language))
        .map(({ page, line }) => `${page}:${line}`),
    ).toEqual([])
  })

  test.each(blocks.filter(({ language }) => language === 'json'))(
    '$page:$line is JSON',
    ({ text }) => {
      expect(() => JSON.parse(text) as unknown).not.toThrow()
    },
  )
})

describe('commands in the pages, in the order they stand, against running servers', () => {
  /** These start what the others run against; the suites do that in their own way. */
  const STARTS = new Set([
    'npm start',
    'npm test',
    'npm run build',
    'npx node examples/tutorial/server.ts',
  ])
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
    for (const each of [tutorial, clock]) each.close()
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
      .filter((line) => !STARTS.has(line.replace(/\s*#.*$/, '').trim()))
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

describe('the tables in the pages are the tables in the code', () => {
  test('errors.md', () => {
    const rows = [...readPage('docs/errors.md').matchAll(/^\| `(\w+)` \| (\d{3}) \|/gm)].map(
      ([, code, status]) => [code, Number(status)],
    )
    const table = Object.entries({ ...ERRORS, ...SERVER_ERRORS }).map(([code, { status }]) => [
      code,
      status,
    ])
    expect(new Map(rows as Array<[string, number]>)).toEqual(
      new Map(table as Array<[string, number]>),
    )
  })

  test('keys.md: every algorithm, and every reason why a token is refused', () => {
    const namesUnder = (heading: string) => {
      const table = readPage('docs/keys.md').split(heading)[1]!.split('\n\n')[0]!
      return new Set(
        [...table.matchAll(/^\| (`[^|]*) \|/gm)].flatMap(([, cell]) =>
          [...cell!.matchAll(/`(\w+)`/g)].map(([, name]) => name),
        ),
      )
    }
    expect(namesUnder('| `alg` | key |')).toEqual(new Set(ALGORITHMS.keys()))
    expect(namesUnder('| reason | meaning |')).toEqual(new Set(Object.keys(TOKEN_ERRORS)))
  })

  test('server.md: every setting', () => {
    const rows = [...readPage('docs/server.md').matchAll(/^\| `([A-Z_]+)` \|/gm)].map(
      ([, name]) => name,
    )
    expect(new Set(rows)).toEqual(new Set(Object.values(SETTINGS).map(({ env }) => env)))
  })
})

test('every link inside the project leads somewhere', () => {
  const dead = PAGES.flatMap((page) =>
    [...readPage(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)/g)]
      .filter(([, target]) => !existsSync(join(ROOT, dirname(page), target!)))
      .map(([, target]) => `${page}: ${target}`),
  )
  expect(dead).toEqual([])
})
