/** What the commands need first: the packages, the build, with `--test` the browser, and with `--bench` the peers. Runs on any Node from 20. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bringComponents } from './components.mjs'

const ROOT = join(import.meta.dirname, '..')
const BIN = join(ROOT, 'node_modules', '.bin')

install('.')
run(join(BIN, 'tsc'), ['-b'])
run(join(BIN, 'node'), [join('scripts', 'bundle.mjs')])
run(join(BIN, 'node'), [join('scripts', 'assets.mjs')])
run(join(BIN, 'vite'), ['build', 'server/web', '--logLevel', 'error'])
if (process.argv.includes('--test')) bringComponents()
if (process.argv.includes('--bench')) install('bench')
if (process.argv.includes('--bench-client')) install(join('bench', 'client'))

function install(folder) {
  if (!isInstalled(folder))
    run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error', '--prefix', folder])
}

/** npm notes what it installed in `node_modules/.package-lock.json`; where that agrees with ours there is nothing to do. */
function isInstalled(folder) {
  const installed = join(ROOT, folder, 'node_modules', '.package-lock.json')
  if (!existsSync(installed) || !existsSync(join(BIN, 'node'))) return false
  const [wanted, found] = [
    packagesOf(join(ROOT, folder, 'package-lock.json')),
    packagesOf(installed),
  ]
  return Object.entries(wanted).every(
    ([path, { version, link, optional }]) =>
      path === '' ||
      link ||
      optional ||
      found[path]?.version === version ||
      !path.startsWith('node_modules'),
  )
}

function packagesOf(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages
}

function run(command, args) {
  const path = `${BIN}${process.platform === 'win32' ? ';' : ':'}${process.env.PATH}`
  const { status, error } = spawnSync(command, args, {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, PATH: path },
  })
  if (status === 0) return
  console.error(
    `latchkey: "${command} ${args.join(' ')}" failed${error ? `: ${error.message}` : ''}`,
  )
  process.exit(status ?? 1)
}
