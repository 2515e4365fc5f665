/** The package as it is published, in `dist`. The other tests see its source. */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { expect, test } from 'vitest'

const LIBRARY = join(import.meta.dirname, '..')
const DIST = join(LIBRARY, 'dist')
const { exports } = JSON.parse(readFileSync(join(LIBRARY, 'package.json'), 'utf8')) as {
  exports: Record<string, unknown>
}
const ENTRIES = Object.keys(exports)
  .filter((path) => path !== './package.json')
  .map((path) => posix.join('latchkey', path))
const FILES = globSync('**/*.js', { cwd: DIST })
const textOf = (file: string): string => readFileSync(join(DIST, file), 'utf8')

test('each entry gives what its source does, and nothing more', () => {
  expect(namesBy('default')).toEqual(namesBy('latchkey-source'))
})

test('no module stands in two files, so that entries share what they keep in memory', () => {
  const maps = globSync('**/*.js.map', { cwd: DIST })
  const modules = maps.flatMap((map) =>
    (JSON.parse(textOf(map)) as { sources: string[] }).sources.map((source) =>
      join(DIST, dirname(map), source),
    ),
  )
  expect(modules).toContain(join(LIBRARY, 'src/http/guard.ts'))
  expect(modules.filter((module, at) => modules.indexOf(module) !== at)).toEqual([])
})

test('the browser gets what is meant for it alone', () => {
  const imports = FILES.filter((file) => file.startsWith('client')).flatMap((file) =>
    [...textOf(file).matchAll(/\bfrom ["']([^"']+)["']/g)].map(([, from]) => from!),
  )
  expect(imports).toContain('../protocol.js')
  expect(
    imports.filter(
      (from) =>
        !/^(?:\.\/[a-z-]+\.js|\.\.\/protocol\.js|react|vue|svelte\/reactivity|solid-js)$/.test(
          from,
        ),
    ),
  ).toEqual([])
  expect(textOf('protocol.js')).not.toMatch(/\bimport\b/)
})

test('the files that the code reads lie where it looks for them', () => {
  const read = FILES.flatMap((file) =>
    [...textOf(file).matchAll(/new URL\(["'](\.[^"']+)["'], import\.meta\.url\)/g)].map(
      ([, path]) => join(DIST, dirname(file), path!),
    ),
  )
  expect(read).toHaveLength(2)
  expect(read.filter((path) => !existsSync(path))).toEqual([])
})

/** What each entry exports, to a process of its own that sees the package under this condition. */
function namesBy(condition: string): Record<string, string[]> {
  const script = `console.log(JSON.stringify(Object.fromEntries(await Promise.all(${JSON.stringify(ENTRIES)}.map(async (name) => [name, Object.keys(await import(name))])))))`
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [`--conditions=${condition}`, '--input-type=module', '-e', script],
    { cwd: LIBRARY, encoding: 'utf8' },
  )
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout)
}
