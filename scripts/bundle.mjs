/**
 * Writes the JavaScript of the library, one file for each entry: every file that an application
 * loads adds half a millisecond or more to its start.
 */
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { rolldown } from 'rolldown'

const LIBRARY = join(import.meta.dirname, '..', 'library')
const DIST = join(LIBRARY, 'dist')
const { exports } = JSON.parse(readFileSync(join(LIBRARY, 'package.json'), 'utf8'))

const entries = Object.values(exports).flatMap(({ 'latchkey-source': file }) => file ?? [])
// The browser client stays one file per module, so that an application's bundler can drop what a
// page does not use.
const client = globSync('src/client/**/*.ts', { cwd: LIBRARY }).map(
  (file) => `./${file.replaceAll('\\', '/')}`,
)

const bundle = await rolldown({
  cwd: LIBRARY,
  input: Object.fromEntries(
    [...entries, ...client].map((file) => [file.slice('./src/'.length, -'.ts'.length), file]),
  ),
  external: /^[^./]/,
  platform: 'node',
  tsconfig: false,
  transform: { target: 'es2023' },
  optimization: { inlineConst: false },
})
const { output } = await bundle.generate({
  sourcemap: true,
  minifyInternalExports: false,
  entryFileNames: '[name].js',
  chunkFileNames: 'shared/[name].js',
  codeSplitting: {
    groups: [
      // The browser client shares this file with the server, and must not load `core`.
      { name: 'protocol', test: /[\\/]src[\\/]protocol\.ts$/, priority: 1 },
      { name: 'core', test: /[\\/]src[\\/](?:core|http)[\\/]/ },
    ],
  },
})
await bundle.close()

const written = new Map(
  output.map((file) => [file.fileName, file.type === 'chunk' ? file.code : file.source]),
)
for (const [name, text] of written) write(join(DIST, name), text)
for (const name of globSync('**/*.js{,.map}', { cwd: DIST }))
  if (!written.has(name.replaceAll('\\', '/'))) rmSync(join(DIST, name))

/** Does not touch a file that has not changed: a process may be loading it. */
function write(path, text) {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
