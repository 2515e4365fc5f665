import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createAuth, ERRORS, TOKEN_ERRORS } from 'latchkey'
import { guard } from 'latchkey/node'
import { ALGORITHMS } from '../../library/src/core/algorithms.ts'
import { SERVER_ERRORS } from '../../server/src/errors.ts'
import { SETTINGS } from '../../server/src/cli/settings.ts'
import { readPage, ROOT } from './pages.ts'

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

  test('sign-in.md: every method of an auth object', () => {
    const table = readPage('docs/sign-in.md').split('## Methods')[1]!.split('\n## ')[0]!
    const names = [...table.matchAll(/`auth\.(\w+)[(.]/g)].map(([, name]) => name)
    const auth = createAuth({ secret: 'a secret that only the tests know, and long enough' })
    expect(new Set(names)).toEqual(new Set(Object.keys(auth)))
  })

  test('sign-in.md: every option of createAuth', () => {
    const section = (heading: string) =>
      readPage('docs/sign-in.md').split(`## ${heading}\n`)[1]!.split('\n## ')[0]!
    const rows = section('Options of `createAuth`') + section('Callbacks')
    const names = [...rows.matchAll(/^\| (`[^|]*) \|/gm)].flatMap(([, cell]) =>
      [...cell!.matchAll(/`(\w+)`/g)].map(([, name]) => name),
    )
    // The message for an unknown option lists all options.
    let message = ''
    try {
      createAuth({ unknown: true } as never)
    } catch (error) {
      message = (error as Error).message
    }
    const options = /the options are (.*)$/.exec(message)![1]!.split(', ')
    expect(new Set(names)).toEqual(new Set(options))
  })

  test('sign-in.md: every requirement of a guard', () => {
    const table = readPage('docs/sign-in.md').split('| requirement |')[1]!.split('\n\n')[0]!
    const names = [...table.matchAll(/^\| `(\w+):/gm)].map(([, name]) => name)
    const auth = createAuth({ secret: 'a secret that only the tests know, and long enough' })
    let message = ''
    try {
      guard(auth, { unknown: true } as never)
    } catch (error) {
      message = (error as Error).message
    }
    for (const name of names) expect(message).toMatch(new RegExp(`\\b${name}\\b`))
    expect(names).toHaveLength(7)
  })

  test('library/README.md: every entry of the package', () => {
    const { exports } = JSON.parse(readPage('library/package.json')) as { exports: object }
    const page = readPage('library/README.md')
    const entries = Object.keys(exports)
      .filter((entry) => entry !== './package.json')
      .map((entry) => entry.replace('.', 'latchkey'))
    expect(entries.filter((entry) => !page.includes(`\`${entry}\``))).toEqual([])
  })

  test('server.md: every setting', () => {
    const rows = [...readPage('docs/server.md').matchAll(/^\| `([A-Z_]+)` \|/gm)].map(
      ([, name]) => name,
    )
    expect(new Set(rows)).toEqual(new Set(Object.values(SETTINGS).map(({ env }) => env)))
  })
})
