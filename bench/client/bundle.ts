/** Bundles the page programs as an application would, and measures the size of each. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, type Rolldown } from 'vite'

const FOLDER = join(import.meta.dirname, 'peers')
/** Libraries that an application already has if it uses a library that extends them. */
const HOSTS = ['axios', '@urql/core', 'ky']

/** Returns the code of a page program, without the `external` packages. */
export async function bundle(peer: string, external: string[] = []): Promise<string> {
  const { output } = (await build({
    root: FOLDER,
    configFile: false,
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
    build: {
      write: false,
      target: 'es2022',
      rolldownOptions: {
        input: join(FOLDER, `${peer}.ts`),
        external,
        preserveEntrySignatures: 'strict',
      },
    },
  })) as Rolldown.RolldownOutput
  return output.map((file) => (file.type === 'chunk' ? file.code : '')).join('\n')
}

/** Bytes, minified and compressed: of the page program, and what its host library adds. */
export async function sizeOf(peer: string): Promise<{ library: number; host: number }> {
  const [library, all] = await Promise.all([bundle(peer, HOSTS), bundle(peer)])
  const bytes = gzipSync(library, { level: 9 }).length
  return { library: bytes, host: gzipSync(all, { level: 9 }).length - bytes }
}

export function versionOf(name: string): string {
  const file = join(import.meta.dirname, '..', 'node_modules', name, 'package.json')
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
