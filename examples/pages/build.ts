/** Builds the example pages, for the browser and for server rendering: `node build.ts FOLDER`. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import vue from '@vitejs/plugin-vue'
import { build, type BuildOptions } from 'vite'
import solid from 'vite-plugin-solid'

const EXAMPLES = join(import.meta.dirname, '..')
const folder = process.argv[2]
if (folder === undefined) throw new TypeError('Usage: node build.ts <output folder>')
process.env.NODE_ENV = 'production'

await run(join(folder, 'browser'), '*/{page,xhr,errors}.{ts,tsx}', {})
await run(join(folder, 'server'), '*/render.{ts,tsx}', { ssr: true })
// StrictMode mounts components twice in development builds only.
await run(join(folder, 'development'), '{react/page.tsx,pages/errors.ts}', {}, 'development')

async function run(
  outDir: string,
  pattern: string,
  options: BuildOptions,
  mode = 'production',
): Promise<void> {
  const files = globSync(pattern, { cwd: EXAMPLES, exclude: ['tutorial/**'] })
  const input = Object.fromEntries(
    files.map((file) => [file.replace(/\.tsx?$/, ''), join(EXAMPLES, file)]),
  )
  await build({
    root: EXAMPLES,
    configFile: false,
    mode,
    define: { 'process.env.NODE_ENV': JSON.stringify(mode) },
    logLevel: 'error',
    plugins: [
      vue(),
      svelte({ configFile: false }),
      solid({ ssr: true, include: '**/examples/solid/**' }),
    ],
    resolve: {
      alias: otherVersions(),
      conditions: ['latchkey-source', 'module', 'browser', 'production'],
    },
    ssr: {
      noExternal: true,
      resolve: { conditions: ['latchkey-source', 'module', 'node', 'production'] },
    },
    build: {
      ...options,
      outDir,
      emptyOutDir: true,
      target: 'es2023',
      rolldownOptions: {
        input,
        preserveEntrySignatures: 'strict',
        output: { entryFileNames: '[name].js' },
      },
    },
  })
}

/** The packages of the folder in PACKAGES, if it is set, replace those of the workspace. */
function otherVersions(): Record<string, string> {
  const folder = process.env['PACKAGES']
  if (folder === undefined) return {}
  const { devDependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>
  }
  const names = Object.keys(devDependencies)
  return Object.fromEntries(names.map((name) => [name, join(folder, 'node_modules', name)]))
}
