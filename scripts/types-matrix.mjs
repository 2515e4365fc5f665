/**
 * Type-checks two programs that import every entry of the packed `latchkey`, one for servers and
 * one for browsers, with `skipLibCheck: false`, under the types of several versions of Node and two
 * versions of TypeScript. Prints a line for each combination, and exits with 1 if one has errors.
 *
 * Only errors in our own declarations and in the programs count. The declarations of the optional
 * frameworks are checked too, and some have errors of their own under some of these versions.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
const MODULES = join(ROOT, 'node_modules')
const NODE_TYPES = ['node-22', 'node-24', 'node-25', 'node-26']
const COMPILERS = ['typescript-5', 'typescript']

const USE = `
import type { IncomingMessage } from 'node:http'
import { createAuth } from 'latchkey'
import { getAuth, guard, routes } from 'latchkey/express'
import { memoryStore } from 'latchkey/stores/memory'

const auth = createAuth({
  secret: 'x'.repeat(32),
  store: memoryStore(),
  claims: () => ({ role: 'member' }),
  lookupUser: async () => ({ name: 'Ada' }),
})
export const handlers = [routes(auth), guard(auth, { fresh: true })]
export const role: string = getAuth<typeof auth>({} as IncomingMessage).claims.role
// @ts-expect-error with a store, tokens come from signIn
auth.createAccessToken('ada')
`

const { exports } = JSON.parse(readFileSync(join(ROOT, 'library', 'package.json'), 'utf8'))
const ENTRIES = Object.keys(exports).filter((path) => path !== './package.json')
const isForBrowsers = (path) => path.startsWith('./client')

/** Servers are checked without the types of the DOM. */
const PROGRAMS = {
  server: {
    lib: ['es2023'],
    files: { imports: importsOf(ENTRIES.filter((path) => !isForBrowsers(path))), use: USE },
  },
  browser: {
    lib: ['es2023', 'dom', 'dom.iterable'],
    files: { imports: importsOf(ENTRIES.filter(isForBrowsers)) },
  },
}

const folder = mkdtempSync(join(tmpdir(), 'latchkey-types-'))
try {
  const unpacked = unpackLibrary()
  const results = NODE_TYPES.flatMap((nodeTypes) => {
    const project = makeProject(nodeTypes, unpacked)
    return COMPILERS.map((compiler) => check(project, nodeTypes, compiler))
  })
  process.exitCode = results.every(Boolean) ? 0 : 1
} finally {
  rmSync(folder, { recursive: true })
}

function importsOf(paths) {
  const lines = paths.map((path, at) => `import * as entry${at} from 'latchkey${path.slice(1)}'`)
  const names = paths.map((_, at) => `entry${at}`)
  return `${lines.join('\n')}\nexport const all = [${names.join(', ')}]\n`
}

/** The package as npm would publish it. */
function unpackLibrary() {
  run('npm', ['pack', '--silent', '--workspace', 'latchkey', '--pack-destination', folder])
  const archive = readdirSync(folder).find((name) => name.endsWith('.tgz'))
  run('tar', ['-xzf', join(folder, archive), '-C', folder])
  return join(folder, 'package')
}

/** A folder with our `node_modules`, but with these types of Node and the unpacked package. */
function makeProject(nodeTypes, unpacked) {
  const project = join(folder, nodeTypes)
  const modules = join(project, 'node_modules')
  mkdirSync(join(modules, '@types'), { recursive: true })
  for (const name of readdirSync(MODULES))
    if (name !== '@types' && name !== 'latchkey') link(join(MODULES, name), join(modules, name))
  for (const name of readdirSync(join(MODULES, '@types')))
    if (!/^node(-|$)/.test(name)) link(join(MODULES, '@types', name), join(modules, '@types', name))
  link(join(MODULES, '@types', nodeTypes), join(modules, '@types', 'node'))
  cpSync(unpacked, join(modules, 'latchkey'), { recursive: true })
  for (const [name, program] of Object.entries(PROGRAMS)) writeProgram(join(project, name), program)
  return project
}

function writeProgram(at, { lib, files }) {
  mkdirSync(at)
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2023',
    lib,
    types: ['node'],
    strict: true,
    skipLibCheck: false,
    noEmit: true,
    // Otherwise the frameworks find the types of Node next to them in our `node_modules`.
    preserveSymlinks: true,
  }
  writeFileSync(join(at, 'package.json'), JSON.stringify({ type: 'module' }))
  writeFileSync(join(at, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(at, `${name}.ts`), text)
}

/** True if neither program has an error that is ours. */
function check(project, nodeTypes, compiler) {
  const { name, version } = versionOf(compiler)
  const lines = Object.keys(PROGRAMS).flatMap((program) => {
    const tsc = join(MODULES, compiler, 'bin', 'tsc')
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [tsc, '-p', program, '--pretty', 'false'],
      { cwd: project, encoding: 'utf8' },
    )
    const errors = stdout.split('\n').filter((line) => line.includes('error TS'))
    if (status !== 0 && errors.length === 0) return [stderr || `tsc failed with ${status}`]
    return errors
  })
  const ours = lines.filter((line) => !/^(?:\.\.\/)?node_modules\/(?!latchkey\/)/.test(line))
  const others = lines.length - ours.length
  const types = versionOf(join('@types', nodeTypes)).version
  const result = ours.length === 0 ? 'ok   ' : 'FAIL '
  const note = others === 0 ? '' : ` (and ${others} errors in declarations of others)`
  console.log(`${result} @types/node ${types}, ${name} ${version}${note}`)
  for (const line of ours) console.log(`      ${line}`)
  return ours.length === 0
}

function versionOf(path) {
  return JSON.parse(readFileSync(join(MODULES, path, 'package.json'), 'utf8'))
}

function link(target, path) {
  symlinkSync(target, path, 'junction')
}

function run(command, args) {
  const { status, stderr, error } = spawnSync(command, args, { cwd: ROOT, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr || error?.message}`)
}
