/**
 * Prepares a checkout: installs the npm packages and builds. With `--test` it also installs what
 * the tests need, with `--matrix` the packages of the matrix, with `--bench` the libraries that the
 * benchmarks compare. Runs on Node 20 or later.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { installTestDependencies } from './test-dependencies.mjs'

const ROOT = join(import.meta.dirname, '..')
const BIN = join(ROOT, 'node_modules', '.bin')

install('.')
run(join(BIN, 'tsc'), ['-b'])
run(join(BIN, 'node'), [join('scripts', 'bundle.mjs')])
run(join(BIN, 'node'), [join('scripts', 'assets.mjs')])
run(join(BIN, 'vite'), ['build', 'server/web', '--logLevel', 'error'])
if (process.argv.includes('--test')) installTestDependencies()
// The binaries of the other runtimes come with their platform packages: no install script is
// needed.
if (process.argv.includes('--matrix'))
  for (const folder of foldersOfTheMatrix()) install(folder, ['--ignore-scripts'])
if (process.argv.includes('--bench')) install('bench')

/** What needs packages of its own is in a folder of its own. */
function foldersOfTheMatrix() {
  const parents = ['matrix', join('matrix', 'rendering')]
  const folders = parents.flatMap((parent) =>
    readdirSync(join(ROOT, parent)).map((name) => join(parent, name)),
  )
  return ['matrix', ...folders.filter((path) => existsSync(join(ROOT, path, 'package.json')))]
}

function install(folder, options = []) {
  if (isInstalled(folder)) return
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error']
  run('npm', ['ci', ...quiet, ...options, '--prefix', folder])
}

/** npm records what it installed in `node_modules/.package-lock.json`. */
function isInstalled(folder) {
  const installed = join(ROOT, folder, 'node_modules', '.package-lock.json')
  if (!existsSync(installed) || !existsSync(join(BIN, 'node'))) return false
  const wanted = packagesOf(join(ROOT, folder, 'package-lock.json'))
  const found = packagesOf(installed)
  return Object.entries(wanted).every(
    ([path, { version, link, optional }]) =>
      link || optional || !path.startsWith('node_modules') || found[path]?.version === version,
  )
}

function packagesOf(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages
}

function run(command, args) {
  const path = `${BIN}${process.platform === 'win32' ? ';' : ':'}${process.env.PATH}`
  const env = { ...process.env, PATH: path }
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit', env })
  if (status === 0) return
  const reason = error ? `: ${error.message}` : ''
  console.error(`latchkey: "${command} ${args.join(' ')}" failed${reason}`)
  process.exit(status ?? 1)
}
