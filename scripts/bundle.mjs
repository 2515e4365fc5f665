/**
 * Writes the JavaScript of the library, one file for each entry: every file that an application
 * loads adds half a millisecond or more to its start. Twice: as ES modules, and in `cjs` as
 * CommonJS with declarations of its own.
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
const codeSplitting = {
  groups: [
    // The browser client shares this file with the server, and must not load `core`.
    { name: 'protocol', test: /[\\/]src[\\/]protocol\.ts$/, priority: 1 },
    { name: 'core', test: /[\\/]src[\\/](?:core|http)[\\/]/ },
  ],
}
const written = new Map()
await generate({
  format: 'esm',
  sourcemap: true,
  entryFileNames: '[name].js',
  chunkFileNames: 'shared/[name].js',
})
// CommonJS for tools that cannot load ES modules, such as Jest. Node itself never loads it: it
// takes the condition `module-sync`, so that `import` and `require` share one copy.
await generate({
  format: 'cjs',
  entryFileNames: 'cjs/[name].cjs',
  chunkFileNames: 'cjs/shared/[name].cjs',
})
await bundle.close()

for (const name of globSync('**/*.d.ts', { cwd: DIST })) {
  const text = readFileSync(join(DIST, name), 'utf8')
  written.set(`cjs/${name.replaceAll('\\', '/').replace(/ts$/, 'cts')}`, asCommonJs(text))
}
for (const [name, text] of written) write(join(DIST, name), text)
for (const name of globSync('**/*.{js,js.map,cjs,cts}', { cwd: DIST }))
  if (!written.has(name.replaceAll('\\', '/'))) rmSync(join(DIST, name))

async function generate(options) {
  const { output } = await bundle.generate({
    ...options,
    minifyInternalExports: false,
    codeSplitting,
  })
  for (const file of output)
    written.set(file.fileName, file.type === 'chunk' ? file.code : file.source)
}

/** The declarations of a module that `require` loads import those of other such modules. */
function asCommonJs(declarations) {
  return declarations.replace(
    /(\bfrom |\bimport\()(["'])(\.{1,2}\/[^"']+)\.ts\2/g,
    (_, before, quote, path) => `${before}${quote}${path}.cts${quote}`,
  )
}

/** Does not touch a file that has not changed: a process may be loading it. */
function write(path, text) {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
