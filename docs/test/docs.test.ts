import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, posix } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createAuth, ERRORS, TOKEN_ERRORS } from 'latchkey'
import { ALGORITHMS } from '../../library/src/core/algorithms.ts'
import { createTutorial } from '../../examples/tutorial/app.ts'
import { SERVER_ERRORS } from '../../server/src/errors.ts'
import { SETTINGS } from '../../server/src/cli/settings.ts'
import { blocksOf, dedent, PAGES, readPage, ROOT } from './blocks.ts'

const blocks = PAGES.flatMap(blocksOf)

describe('code blocks', () => {
  test.each(blocks.filter(({ language }) => ['ts', 'tsx', 'js', 'html', 'sql'].includes(language)))(
    '$page:$line is an excerpt of $from',
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

  test('every block names a known language', () => {
    const known = ['ts', 'tsx', 'js', 'html', 'sql', 'sh', 'json', 'text']
    expect(
      blocks
        .filter(({ language }) => !known.includes(language))
        .map(({ page, line }) => `${page}:${line}`),
    ).toEqual([])
  })

  test.each(blocks.filter(({ language }) => language === 'json'))(
    '$page:$line parses as JSON',
    ({ text }) => {
      expect(() => JSON.parse(text) as unknown).not.toThrow()
    },
  )
})

describe('`npm install` lines name the packages that the next program of the page imports', () => {
  const installs = blocks.filter(
    ({ language, text }) => language === 'sh' && text.startsWith('npm install '),
  )
  test.each(installs)('$page:$line', ({ page, line, text }) => {
    const program = blocks.find(
      (block) => block.page === page && block.line > line && block.from !== null,
    )
    expect(program, 'a program below the line').toBeDefined()
    const named = text.split('\n')[0]!.replace(/#.*$/, '').trim().split(/\s+/).slice(2)
    expect(packagesImportedBy(program!.text).filter((each) => !named.includes(each))).toEqual([])
  })
})

/** Names of the npm packages that a program imports, without their subpaths. */
function packagesImportedBy(program: string): string[] {
  return [...program.matchAll(/^import\b[^']*'([^'.][^']*)'/gm)]
    .map(([, name]) => name!)
    .filter((name) => !name.startsWith('node:'))
    .map((name) => /^(?:@[^/]+\/)?[^/]+/.exec(name)![0])
}

test('every page begins with a sentence that says what it is for', () => {
  const without = PAGES.filter((page) => !/^# .+\n\n(?!```)[^\n<|#!-]/.test(readPage(page)))
  expect(without).toEqual([])
})

describe('shell commands of a page, in order, against running servers', () => {
  /** Lines that are not run here: the suites start the servers themselves, and install nothing. */
  const SKIPPED =
    /^(?:npm (?:start|test|install|run build)|npx node examples\/tutorial\/server\.ts|SECRET=.+ node server\.ts)\b/
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
      .filter((line) => !SKIPPED.test(line))
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

describe('tables of the pages match the code', () => {
  test('errors.md: every error code and its status', () => {
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

  test('keys.md: every algorithm and every reason for refusing a token', () => {
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

  test('architecture.md: every file and folder exists', () => {
    const missing: string[] = []
    let folder = ''
    for (const line of readPage('docs/architecture.md').split('\n')) {
      folder = /^\|.*(?:file|folder) of `([^`]+)`/.exec(line)?.[1] ?? (line === '' ? '' : folder)
      for (const [, path] of line.matchAll(/`([\w./-]+(?:\.ts|\/))`/g))
        if (!existsSync(join(ROOT, folder, path!))) missing.push(join(folder, path!))
    }
    expect(missing).toEqual([])
  })

  test('CONTRIBUTING.md: every file and folder exists', () => {
    const paths = [...readPage('CONTRIBUTING.md').matchAll(/`([\w-]+\/[\w./-]*[\w/])`/g)]
      .map(([, path]) => path!)
      .filter((path) => !/NAME|GROUP|^latchkey\//.test(path))
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
  })

  test('sign-in.md: every verb of an auth object', () => {
    const table = readPage('docs/sign-in.md').split('## Verbs')[1]!.split('\n## ')[0]!
    const names = [...table.matchAll(/`auth\.(\w+)\(/g)].map(([, name]) => name)
    const auth = createAuth({ secret: 'a secret that only the tests know, and long enough' })
    expect(names.sort()).toEqual(Object.keys(auth).sort())
  })

  test('server.md: every setting', () => {
    const rows = [...readPage('docs/server.md').matchAll(/^\| `([A-Z_]+)` \|/gm)].map(
      ([, name]) => name,
    )
    expect(new Set(rows)).toEqual(new Set(Object.values(SETTINGS).map(({ env }) => env)))
  })
})

describe('links inside the repository', () => {
  const links = PAGES.flatMap((page) =>
    [...readPage(page).matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)]*))?\)/g)].map(
      ([, target, anchor]) => ({
        page,
        target: target === '' ? page : posix.join(posix.dirname(page), target!),
        anchor,
      }),
    ),
  )

  test('every target exists', () => {
    const dead = links.filter(({ target }) => !existsSync(join(ROOT, target)))
    expect(dead.map(({ page, target }) => `${page}: ${target}`)).toEqual([])
  })

  test('every anchor is a heading of its page', () => {
    const dead = links.filter(
      ({ target, anchor }) =>
        anchor !== undefined && PAGES.includes(target) && !anchorsOf(target).has(anchor),
    )
    expect(dead.map(({ page, target, anchor }) => `${page}: ${target}#${anchor}`)).toEqual([])
  })
})

/** The anchors of a page, as GitHub derives them from its headings. */
function anchorsOf(page: string): Set<string> {
  return new Set(
    [...readPage(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
      heading!
        .toLowerCase()
        .replace(/[^\p{L}\p{N}_ -]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}
