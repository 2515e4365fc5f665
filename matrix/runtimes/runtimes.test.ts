/** The packages as built, in runtimes other than the Node that the workspace pins. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'vite'
import { expect, test } from 'vitest'
import { foundFor } from '../../scripts/found.mjs'

const HERE = import.meta.dirname
const INSTALLED = join(HERE, '..', 'node_modules')
const OS = process.platform
const CPU = process.arch

/** The platform packages contain the programs; install scripts would only link them. */
const PROGRAMS = {
  bun: join(INSTALLED, '@oven', `bun-${OS}-${CPU}`, 'bin', 'bun'),
  deno: join(INSTALLED, '@deno', `${OS}-${CPU}${OS === 'linux' ? '-glibc' : ''}`, 'deno'),
  workerd: join(
    INSTALLED,
    '@cloudflare',
    `workerd-${OS}-${CPU === 'x64' ? '64' : CPU}`,
    'bin',
    'workerd',
  ),
  node: join(INSTALLED, `node-${OS}-${CPU}`, 'bin', 'node'),
}

function find(name: keyof typeof PROGRAMS): string | null {
  const path = existsSync(PROGRAMS[name]) ? PROGRAMS[name] : null
  return foundFor(`runtime ${name}`, path, `npm has no ${name} for ${OS} ${CPU}.`)
}

const COMMANDS = [
  ['Node 22.13, the oldest supported', find('node'), ['--experimental-strip-types']],
  ['Bun', find('bun'), []],
  ['Deno', find('deno'), ['run', '--allow-all', '--no-check', '--node-modules-dir=manual']],
] as const

test.for(COMMANDS)('%s: every check passes', async ([, program, args], { skip }) => {
  skip(program === null)
  const { stdout } = await promisify(execFile)(program!, [...args, join(HERE, 'run.ts')])
  expect(JSON.parse(stdout)).toEqual([])
})

/**
 * workerd's `node:crypto` does not sign with PSS padding, so keys for PS algorithms are refused.
 */
const REFUSED_BY_WORKERD = ['PS256', 'PS384', 'PS512'].map(
  (alg) => expect.stringMatching(`^${alg}: .* TypeError: option "keys\\[0\\]"`) as string,
)

test('workerd (Cloudflare Workers): every check passes except those of PS keys', async ({
  skip,
}) => {
  const program = find('workerd')
  skip(program === null)
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-workerd-'))
  await bundleWorker(folder)
  copyFileSync(join(HERE, 'workerd.capnp'), join(folder, 'workerd.capnp'))
  const args = ['serve', join(folder, 'workerd.capnp'), '--control-fd=1']
  const server = spawn(program!, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const response = await fetch(`http://127.0.0.1:${await portOf(server.stdout)}/`)
    expect(await response.json()).toEqual(REFUSED_BY_WORKERD)
  } finally {
    server.kill()
    rmSync(folder, { recursive: true })
  }
})

async function bundleWorker(outDir: string): Promise<void> {
  await build({
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true, target: 'webworker' },
    build: {
      ssr: join(HERE, 'worker.ts'),
      outDir,
      target: 'es2023',
      rolldownOptions: { external: /^node:/, output: { entryFileNames: 'worker.js' } },
    },
  })
}

/** workerd announces each socket on the control pipe, one JSON object a line. */
async function portOf(output: NodeJS.ReadableStream): Promise<number> {
  const [line] = (await once(output, 'data')) as [Buffer]
  return (JSON.parse(line.toString()) as { port: number }).port
}
