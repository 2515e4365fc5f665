import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hash, verify } from '@node-rs/argon2'
import { onTestFinished } from 'vitest'
import { readConfig } from '../src/cli/config.ts'
import type { Config } from '../src/cli/settings.ts'
import { start, type RunningServer } from '../src/cli/main.ts'
import { createClient, type Got, type Jar, type Send } from './client.ts'

export const PASSWORD = 'a long enough sentence'

/** The answers of options of the library that this server does not set. */
export const UNUSED_LIBRARY_CODES: ReadonlySet<string> = new Set([
  'token_revoked',
  'user_unknown',
  'claims_refused',
  'csrf_token_invalid',
])

export interface TestServer extends RunningServer {
  send: Send
  /** `http://localhost:<port>`, which the server takes for its own origin. */
  origin: string
  folder: string
  clock: Clock
  /** How often argon2 hashed, the parameters of each hash that it verified, and what is to happen during the next verification. */
  work: { hashed: number; verified: string[]; meanwhile: (() => Promise<unknown>) | null }
  /** Everything that the server wrote. */
  written: string[]
  /** Makes an account and answers its tokens. */
  register(username?: string): Promise<Tokens>
  signIn(username?: string): Promise<Tokens>
  /** Signs in as a page does; the cookies are in the jar. */
  signInWithCookies(jar: Jar, username?: string): Promise<Got>
}

export interface Tokens {
  access_token: string
  refresh_token: string
  session_id: string
  generation: number
}

/** A clock that stands still until it is told. */
export class Clock {
  now = Date.UTC(2026, 5, 1, 12)
  pass(seconds: number): void {
    this.now += seconds * 1000
  }
}

/** Milliseconds, longer than any test. */
const NEVER = 3_600_000

export const MINUTE = 60
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

export function configOf(env: Record<string, string>): Config {
  const outcome = readConfig({ env })
  if (!outcome.ok) throw new Error(outcome.message)
  return outcome.config
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A server of one test, over real HTTP and on a database of its own. */
export async function startServer(
  env: Record<string, string> = {},
  { clock = new Clock(), folder = temporaryFolder() } = {},
): Promise<TestServer> {
  const work: TestServer['work'] = { hashed: 0, verified: [], meanwhile: null }
  const written: string[] = []
  const argon2 = {
    hash: ((...given) => (work.hashed++, hash(...given))) as typeof hash,
    verify: (async (...given) => {
      work.verified.push(/m=.*?\$/.exec(String(given[0]))![0])
      const { meanwhile } = work
      work.meanwhile = null
      await meanwhile?.()
      return verify(...given)
    }) as typeof verify,
  }
  const write = (text: string) => void written.push(text)
  const config = configOf({ PORT: '0', LATCHKEY_DATA: folder, ...env })
  const running = await start(config, {
    out: write,
    err: write,
    now: () => clock.now,
    argon2,
    heartbeatInterval: NEVER,
  })
  work.hashed = 0
  const { send, close: closeClient } = createClient(running.port)
  let closed = false
  const close = async () => {
    if (closed) return
    closed = true
    closeClient()
    await running.close()
  }
  onTestFinished(close)
  const enter = async (path: string, username: string) =>
    (await send('POST', path, { json: { username, password: PASSWORD } })).body as unknown as Tokens
  const origin = `http://localhost:${running.port}`
  return {
    ...running,
    send,
    origin,
    folder,
    clock,
    work,
    written,
    close,
    register: (username = 'ada') => enter('/register', username),
    signIn: (username = 'ada') => enter('/login', username),
    signInWithCookies: (jar, username = 'ada') =>
      send('POST', '/login', {
        json: { username, password: PASSWORD, mode: 'cookie' },
        jar,
        headers: { origin },
      }),
  }
}
