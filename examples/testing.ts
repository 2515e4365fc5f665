/** Helpers shared by the tests of the examples. */
import { spawn } from 'node:child_process'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { chromium, type Browser } from 'playwright-core'
import { chromiumFor, launchOptions } from '../scripts/chromium.mjs'

/** Path of Chromium on this machine, or null: then the tests that need a browser are skipped. */
export const CHROMIUM: string | null = chromiumFor('the examples in a browser')

export const launchBrowser = (): Promise<Browser> => chromium.launch(launchOptions(CHROMIUM!))

/** Listens on a free port of the loopback interface and returns the origin. */
export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

export async function close(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}

/** Runs an example against the sources of the packages and returns the origin that it prints. */
export async function run(
  script: string,
  { cwd, env, args = [] }: { cwd: string; env: Record<string, string>; args?: string[] },
): Promise<{ origin: string; stop(): Promise<void> }> {
  const child = spawn(process.execPath, ['--conditions=latchkey-source', script, ...args], {
    cwd,
    env: { ...process.env, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  let printed = ''
  const origin = await new Promise<string>((resolve, reject) => {
    const read = (text: string): void => {
      printed += text
      const [found] = /http:\/\/[a-z0-9.]+:\d+/.exec(printed) ?? []
      if (found) resolve(found)
    }
    child.stdout.setEncoding('utf8').on('data', read)
    child.stderr.setEncoding('utf8').on('data', read)
    void ended.then(() => reject(new Error(`${script} ended before it was ready:\n${printed}`)))
  })
  return { origin, stop: () => (child.kill(), ended) }
}
