/** Tests the package as it is published, in `dist`. All other tests use the source. */
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { expect, test } from 'vitest'

const LIBRARY = join(import.meta.dirname, '..')
const DIST = join(LIBRARY, 'dist')
const PACKAGE = JSON.parse(readFileSync(join(LIBRARY, 'package.json'), 'utf8')) as {
  exports: Record<string, { types: string; default: string }>
  typesVersions: { '*': Record<string, string[]> }
}
const ENTRIES = Object.keys(PACKAGE.exports)
  .filter((path) => path !== './package.json')
  .map((path) => posix.join('latchkey', path))
type Names = Record<string, string[]>
const FILES = globSync('**/*.js', { cwd: DIST })
const textOf = (file: string): string => readFileSync(join(DIST, file), 'utf8')

test('each entry exports the same names as its source', () => {
  expect(namesBy('default')).toEqual(namesBy('latchkey-source'))
})

// For Jest and other tools that cannot load ES modules.
test('CommonJS: each entry exports the same names', () => {
  const script = `
    const exportsOf = ${JSON.stringify(PACKAGE.exports)}
    const namesOf = (path) => [
      'latchkey' + path.slice(1),
      Object.keys(require(exportsOf[path].require.default)),
    ]
    const paths = Object.keys(exportsOf).filter((path) => path !== './package.json')
    console.log(JSON.stringify(Object.fromEntries(paths.map(namesOf))))`
  expect(sorted(run('commonjs', script) as Names)).toEqual(sorted(namesBy('latchkey-source')))
})

test('in Node, `import` and `require` get the same module', () => {
  const script = `
    const assert = require('node:assert')
    import('latchkey').then((imported) => {
      assert.equal(imported.createAuth, require('latchkey').createAuth)
      console.log(true)
    })`
  expect(run('commonjs', script)).toBe(true)
})

test('the command that prints the schema for PostgreSQL', () => {
  const printed = run(
    'commonjs',
    `const { postgresSchema } = require('latchkey/stores/postgres')
     console.log(JSON.stringify([postgresSchema(), postgresSchema({ schema: 'auth' })]))`,
  ) as string[]
  expect(printed[0]).toContain('CREATE TABLE IF NOT EXISTS latchkey_session (')
  expect(printed[1]).toContain('CREATE TABLE IF NOT EXISTS "auth".latchkey_session (')
})

test('each entry has the same conditions, and a path for resolution without `exports`', () => {
  const { exports, typesVersions } = PACKAGE
  const entries = Object.entries(exports).filter(([path]) => path !== './package.json')
  for (const [, conditions] of entries) {
    const { types, default: file } = conditions
    const cjs = file.replace('./dist/', './dist/cjs/').replace(/\.js$/, '')
    expect(conditions).toEqual({
      'latchkey-source': file.replace('./dist/', './src/').replace(/\.js$/, '.ts'),
      'module-sync': { types, default: file },
      require: { types: `${cjs}.d.cts`, default: `${cjs}.cjs` },
      types: file.replace(/\.js$/, '.d.ts'),
      default: file,
    })
  }
  expect(typesVersions['*']).toEqual(
    Object.fromEntries(
      entries
        .filter(([path]) => path !== '.')
        .map(([path, { types }]) => [path.slice('./'.length), [types]]),
    ),
  )
})

test('no module is bundled into two files, so entries share its state', () => {
  const maps = globSync('**/*.js.map', { cwd: DIST })
  const modules = maps.flatMap((map) =>
    (JSON.parse(textOf(map)) as { sources: string[] }).sources.map((source) =>
      join(DIST, dirname(map), source),
    ),
  )
  expect(modules).toContain(join(LIBRARY, 'src/http/guard.ts'))
  expect(modules.filter((module, at) => modules.indexOf(module) !== at)).toEqual([])
})

test('the browser client imports only its own files and its framework', () => {
  const allowed =
    /^(?:client\/(?:[a-z-]+\/)?[a-z-]+\.js|react|vue|svelte\/reactivity|solid-js|rxjs)$/
  const imports = FILES.filter((file) => file.startsWith('client')).flatMap((file) =>
    [...textOf(file).matchAll(/\bfrom ["']([^"']+)["']/g)].map(([, from]) =>
      from!.startsWith('.') ? posix.join(dirname(file), from!) : from!,
    ),
  )
  expect(imports).toContain('client/internal/client.js')
  expect(imports.filter((path) => !allowed.test(path))).toEqual([])
})

// An application may be bundled into one file.
test('no file of the package is read at run time', () => {
  expect(FILES.filter((file) => /\bimport\.meta\.url\b|\breadFile/.test(textOf(file)))).toEqual([
    // The session file of a command.
    'node-client/index.js',
  ])
})

/** The names that each entry exports, as seen by a new process with this export condition. */
function namesBy(condition: string): Names {
  const script = `
    const entries = ${JSON.stringify(ENTRIES)}
    const namesOf = async (entry) => [entry, Object.keys(await import(entry))]
    console.log(JSON.stringify(Object.fromEntries(await Promise.all(entries.map(namesOf)))))`
  return run('module', script, [`--conditions=${condition}`]) as Names
}

/** What a script prints, as JSON. */
function run(type: 'module' | 'commonjs', script: string, args: string[] = []): unknown {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [...args, `--input-type=${type}`, '-e', script],
    { cwd: LIBRARY, encoding: 'utf8' },
  )
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout) as unknown
}

function sorted(names: Names): Names {
  return Object.fromEntries(Object.entries(names).map(([entry, list]) => [entry, list.toSorted()]))
}
