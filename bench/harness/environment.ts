import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cpus, totalmem } from 'node:os'

/** Describes the machine in one line. */
export function machine(): string {
  const { length } = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  return (
    `Node ${process.versions.node} (OpenSSL ${process.versions.openssl}), ${process.platform} ` +
    `${process.arch}, ${length} × ${cpus()[0]!.model}, ${memory} GiB`
  )
}

/** The versions of the packages, in one line. */
export function versions(names: readonly string[]): string {
  const require = createRequire(import.meta.url)
  return names.map((name) => `${name} ${versionOf(require, name)}`).join(', ')
}

function versionOf(require: NodeJS.Require, name: string): string {
  const files = require.resolve.paths(name)!.map((folder) => `${folder}/${name}/package.json`)
  for (const file of files) {
    try {
      return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
    } catch {
      // The package is not in this folder.
    }
  }
  return 'absent'
}

/** The path of a program on the PATH or in one of the folders, or null. */
export function findProgram(name: string, folders: readonly string[] = []): string | null {
  for (const path of [name, ...folders.map((folder) => `${folder}/${name}`)]) {
    if (spawnSync(path, ['--version'], { stdio: 'ignore' }).error === undefined) return path
  }
  return null
}
