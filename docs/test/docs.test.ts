import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ERRORS } from 'latchkey'
import { SERVER_ERRORS } from '../../server/src/errors.ts'
import { SETTINGS } from '../../server/src/config.ts'
import { blocksOf, dedent, PAGES, readPage, ROOT } from './blocks.ts'

const blocks = PAGES.flatMap(blocksOf)

describe('code in the pages is code that runs', () => {
  test.each(blocks.filter(({ language }) => ['ts', 'tsx', 'js', 'html', 'sql'].includes(language)))('$page:$line stands in $from', ({ from, text }) => {
    expect(from, 'the comment <!-- from FILE --> above the block').not.toBeNull()
    const file = readFileSync(join(ROOT, from!), 'utf8')
    const lines = dedent(text)
    const found = file.split('\n').some((_, at, all) => dedent(all.slice(at, at + lines.split('\n').length).join('\n')) === lines)
    expect(found, `the block as consecutive lines of ${from}`).toBe(true)
  })

  test('every block says its language', () => {
    const known = ['ts', 'tsx', 'js', 'html', 'sql', 'sh', 'json', 'text']
    expect(blocks.filter(({ language }) => !known.includes(language)).map(({ page, line }) => `${page}:${line}`)).toEqual([])
  })

  test.each(blocks.filter(({ language }) => language === 'json'))('$page:$line is JSON', ({ text }) => {
    expect(() => JSON.parse(text) as unknown).not.toThrow()
  })
})

describe('commands in the pages, in the order they stand, against a running server', () => {
  /** The two commands that start everything are what the whole suite runs under. */
  const OWN = new Set(['npm start', 'npm test'])
  const address = 'http://localhost:3000'
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-docs-'))
  let server: ChildProcess
  let origin = ''

  beforeAll(async () => {
    server = spawn(process.execPath, ['--conditions=source', 'server/src/cli.ts'], {
      cwd: ROOT,
      env: { ...process.env, PORT: '0', LATCHKEY_DATA: join(folder, 'data') },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    origin = await new Promise((resolve) => {
      let printed = ''
      server.stdout!.setEncoding('utf8').on('data', (text: string) => {
        printed += text
        const found = /http:\/\/localhost:\d+/.exec(printed)
        if (found) resolve(found[0])
      })
    })
  })
  afterAll(() => {
    server.kill()
    rmSync(folder, { recursive: true, force: true })
  })

  test.each(PAGES.filter((page) => blocksOf(page).some(({ language }) => language === 'sh')))('%s', (page) => {
    const shell = blocksOf(page)
      .filter(({ language }) => language === 'sh')
      .flatMap(({ text }) => text.split('\n'))
      .filter((line) => !OWN.has(line.replace(/\s*#.*$/, '').trim()))
      .join('\n')
    const run = () => execFileSync('bash', ['-euo', 'pipefail', '-c', shell.replaceAll(address, origin)], { cwd: ROOT, encoding: 'utf8', env: { ...process.env, TMPDIR: folder }, stdio: 'pipe' })
    expect(run).not.toThrow()
  })
})

describe('the tables in the pages are the tables in the code', () => {
  test('errors.md', () => {
    const rows = [...readPage('docs/errors.md').matchAll(/^\| `(\w+)` \| (\d{3}) \|/gm)].map(([, code, status]) => [code, Number(status)])
    const table = Object.entries({ ...ERRORS, ...SERVER_ERRORS }).map(([code, { status }]) => [code, status])
    expect(rows.sort()).toEqual(table.sort())
  })

  test('server.md: every setting', () => {
    const rows = [...readPage('docs/server.md').matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name]) => name)
    expect(rows.sort()).toEqual(Object.values(SETTINGS).map(({ env }) => env).sort())
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
