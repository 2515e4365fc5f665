/** Bundles the page programs as an application would, and measures the size of each. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, type Rolldown } from 'vite'

const FOLDER = join(import.meta.dirname, 'peers')
/** Libraries that the application already has if the measured library adds to them. */
const HOSTS = ['axios', '@urql/core', 'ky']

/** `what` is a module's source. Its import of the library under test decides what is kept. */
export async function bundle(peer: string, external: string[] = []): Promise<string> {
  const output = (await build({
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
  return output.output.map((file) => (file.type === 'chunk' ? file.code : '')).join('\n')
}

/** Bytes, minified and compressed: of the page program alone, and with the host library. */
export async function weigh(peer: string): Promise<{ alone: number; all: number }> {
  const [alone, all] = await Promise.all([bundle(peer, HOSTS), bundle(peer)])
  return { alone: gzipSync(alone, { level: 9 }).length, all: gzipSync(all, { level: 9 }).length }
}

export const versionOf = (name: string): string => {
  const file = join(import.meta.dirname, '..', 'node_modules', name, 'package.json')
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
