/**
 * Checks everything but behavior: format, types, lint, import boundaries, packages and sizes.
 * Prints one line per check, and at the end how many passed and failed.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
const packed = mkdtempSync(join(tmpdir(), 'latchkey-pack-'))

/** Packs a workspace as npm would publish it. Returns the path of the tarball. */
function pack(workspace) {
  run('npm', ['pack', '--silent', '--workspace', workspace, '--pack-destination', packed])
  return join(
    packed,
    readdirSync(packed).find(
      (file) => file.startsWith(`${workspace}-0`) || file.startsWith(`${workspace}-1`),
    ),
  )
}

const CHECKS = {
  format: () => run('prettier', ['--check', '--log-level', 'warn', '.']),
  'types of the packages': () => run('tsc', ['-b']),
  'types of tests, examples and scripts': () => run('tsc', ['-p', 'tsconfig.tests.json']),
  'types of the Next.js example': () => run('tsc', ['-p', 'examples/nextjs']),
  'types of the pages': () => run('tsc', ['-p', 'server/web']),
  'line width': () => run('node', ['scripts/line-width.mjs']),
  lint: () => run('oxlint', ['--type-aware', '--deny-warnings']),
  'import boundaries and cycles': () => run('node', ['scripts/import-boundaries.mjs']),
  'package latchkey: publint': () => run('publint', ['--strict', pack('latchkey')]),
  'package latchkey: types of every entry': () => run('attw', [pack('latchkey')]),
  'package latchkey-server: publint': () => run('publint', ['--strict', pack('latchkey-server')]),
  'package latchkey-storm: publint': () => run('publint', ['--strict', pack('latchkey-storm')]),
  'package latchkey-storm: types of every entry': () =>
    run('attw', ['--profile', 'esm-only', pack('latchkey-storm')]),
  'sizes of the browser client': () => run('size-limit', []),
}

let failed = 0
for (const [name, check] of Object.entries(CHECKS)) {
  try {
    check()
    console.log(`ok    ${name}`)
  } catch (error) {
    failed++
    console.log(`FAIL  ${name}\n${error.message}`)
  }
}
rmSync(packed, { recursive: true })
console.log(`checks: ${Object.keys(CHECKS).length - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

function run(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: ROOT,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error([stdout, stderr, error?.message].filter(Boolean).join('\n'))
}
