/** An application that bundles the package, as it is published, into one file. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { rolldown } from 'rolldown'
import { anyPostgresFor } from '../../scripts/postgres.mjs'

const require = createRequire(import.meta.url)
const webpack = require('webpack') as Webpack
const esbuild = require('esbuild') as Esbuild
const postgres = await anyPostgresFor('bundles with PostgreSQL')
// Inside the checkout, so that bundlers find the packages.
const folder = mkdtempSync(join(import.meta.dirname, '.bundles-'))
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await postgres?.stop()
})

type Format = 'esm' | 'cjs'
interface Bundle {
  entry: string
  file: string
  format: Format
}
/** Each resolves to the warnings. */
const BUNDLERS: Record<string, (bundle: Bundle) => Promise<string[]>> = {
  async esbuild({ entry, file, format }) {
    const { warnings } = await esbuild.build({
      entryPoints: [entry],
      outfile: file,
      format,
      bundle: true,
      platform: 'node',
      external: ['pg'],
      logLevel: 'silent',
    })
    return warnings.map(({ text }) => text)
  },
  async rolldown({ entry, file, format }) {
    const warnings: string[] = []
    const onLog = (_: unknown, { message }: { message: string }) => void warnings.push(message)
    const bundle = await rolldown({ input: entry, platform: 'node', external: ['pg'], onLog })
    await bundle.write({ file, format, codeSplitting: false })
    await bundle.close()
    return warnings
  },
  webpack: async ({ entry, file, format }) =>
    new Promise((resolve, reject) => {
      const isModule = format === 'esm'
      const settings = {
        mode: 'production',
        target: 'node22',
        entry,
        output: {
          path: join(file, '..'),
          filename: file.split('/').at(-1)!,
          module: isModule,
          chunkFormat: isModule ? 'module' : 'commonjs',
        },
        experiments: { outputModule: isModule },
        externals: { pg: isModule ? 'module pg' : 'commonjs pg' },
      }
      webpack(settings, (cause, stats) => {
        if (cause) return reject(cause)
        const { errors = [], warnings = [] } = stats!.toJson()
        resolve([...errors, ...warnings].map(({ message }) => message))
      })
    }),
}
interface Esbuild {
  build(settings: object): Promise<{ warnings: Array<{ text: string }> }>
}
type Messages = Array<{ message: string }>
type Webpack = (
  settings: object,
  done: (
    cause: Error | null,
    stats?: { toJson(): { errors?: Messages; warnings?: Messages } },
  ) => void,
) => void

const STORES = {
  SQLite: `
    import { DatabaseSync } from 'node:sqlite'
    import { sqliteStore } from 'latchkey/stores/sqlite'
    const store = sqliteStore(new DatabaseSync(':memory:'))`,
  PostgreSQL: `
    import { Pool } from 'pg'
    import { postgresStore } from 'latchkey/stores/postgres'
    const pool = new Pool({ connectionString: process.env.DATABASE_URL })
    const store = postgresStore(pool)`,
}
const program = (store: string) => `
  import { createAuth } from 'latchkey'
  ${store}
  async function main() {
    await store.migrate()
    const auth = createAuth({ secret: 'a secret of more than thirty-two bytes', store })
    const { refreshToken } = await auth.signIn('ada')
    console.log((await auth.refresh(refreshToken)).ok)
    process.exit()
  }
  main()`

const asCommonJs = (text: string) =>
  text.replaceAll(/import (\{.+\}) from (.+)/g, 'const $1 = require($2)')

describe.each(Object.keys(BUNDLERS))('bundled by %s', (bundler) => {
  test.each<[Format, keyof typeof STORES]>([
    ['esm', 'SQLite'],
    ['cjs', 'SQLite'],
    ['esm', 'PostgreSQL'],
    ['cjs', 'PostgreSQL'],
  ])('%s, %s: migrates and signs in, without a warning', async (format, engine) => {
    if (engine === 'PostgreSQL' && postgres === null) return
    const place = join(folder, `${bundler}-${format}-${engine}`)
    mkdirSync(place)
    const entry = join(place, format === 'esm' ? 'main.mjs' : 'main.cjs')
    const text = program(STORES[engine])
    writeFileSync(entry, format === 'esm' ? text : asCommonJs(text))
    const file = join(place, 'out', format === 'esm' ? 'index.mjs' : 'index.cjs')
    expect(await BUNDLERS[bundler]!({ entry, file, format })).toEqual([])
    const env = { PATH: process.env.PATH, DATABASE_URL: postgres?.url }
    const { stdout, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8', env })
    expect(stdout, stderr).toBe('true\n')
  })
})
