/** The frameworks: how each is built for production and started. */
import { spawnSync } from 'node:child_process'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { close, listen, run } from '../../examples/testing.ts'

export interface Kit {
  name: string
  folder: string
  /** Arguments of Node, from the folder: of each step that builds, and of the server. */
  build: string[][]
  start: [script: string, ...args: string[]]
  env?: Record<string, string>
  /** Where the form is sent, if not to the page. */
  form?: string
  /** Default: `tsconfig.json`. */
  tsconfig?: string
}

/** Packages of the workspace. */
const PACKAGES = join(import.meta.dirname, '../../node_modules')
const NEXT = join(PACKAGES, 'next/dist/bin/next')
const TSC = join(PACKAGES, 'typescript/bin/tsc')

export const KITS: Kit[] = [
  {
    name: 'SvelteKit',
    folder: 'sveltekit',
    build: [['node_modules/vite/bin/vite.js', 'build']],
    start: ['build/index.js'],
    env: { PROTOCOL_HEADER: 'x-forwarded-proto' },
  },
  {
    name: 'React Router',
    folder: 'react-router',
    build: [
      ['node_modules/@react-router/dev/bin.js', 'typegen'],
      ['node_modules/@react-router/dev/bin.js', 'build'],
    ],
    start: ['node_modules/@react-router/serve/bin.js', 'build/server/index.js'],
  },
  {
    name: 'Next.js',
    folder: 'next',
    build: [[NEXT, 'build']],
    start: [NEXT, 'start', '--hostname', '127.0.0.1'],
  },
  {
    name: 'Astro',
    folder: 'astro',
    build: [['node_modules/astro/bin/astro.mjs', 'build']],
    start: ['dist/server/entry.mjs'],
  },
  {
    name: 'Nuxt',
    folder: 'nuxt',
    build: [['node_modules/nuxt/bin/nuxt.mjs', 'build']],
    start: ['.output/server/index.mjs'],
    form: '/orders/7/note',
    tsconfig: '.nuxt/tsconfig.server.json',
  },
]

const QUIET = { NEXT_TELEMETRY_DISABLED: '1', NUXT_TELEMETRY_DISABLED: '1' }
const OFFLINE = { ...QUIET, ASTRO_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' }

/** Builds a kit, checks its types, and runs it on a free port: not all print what they got. */
export async function startKit(kit: Kit, env: Record<string, string>) {
  const cwd = join(import.meta.dirname, kit.folder)
  const types = [TSC, '--noEmit', '-p', kit.tsconfig ?? 'tsconfig.json']
  for (const step of [...kit.build, types]) runStep(step, cwd, { ...env, ...OFFLINE })
  const [script, ...args] = kit.start
  const PORT = String(await freePort())
  const settings = { ...env, ...OFFLINE, ...kit.env, HOST: '127.0.0.1', PORT }
  const { stop } = await run(script, { cwd, args, env: settings })
  return { origin: `http://127.0.0.1:${PORT}`, stop }
}

function runStep(step: string[], cwd: string, settings: Record<string, string>): void {
  const env = { ...process.env, ...settings }
  const { status, stdout, stderr } = spawnSync(process.execPath, step, {
    cwd,
    env,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`${step.join(' ')} failed in ${cwd}:\n${stdout}\n${stderr}`)
}

async function freePort(): Promise<number> {
  const probe = createServer()
  const { port } = new URL(await listen(probe))
  await close(probe)
  return Number(port)
}
