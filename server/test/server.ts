import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hash, verify } from '@node-rs/argon2'
import { onTestFinished } from 'vitest'
import type { Argon2 } from '../src/accounts/passwords.ts'
import { readConfig } from '../src/cli/config.ts'
import type { Config } from '../src/cli/settings.ts'
import { start, type RunningServer } from '../src/cli/main.ts'
import { createClient, type HttpResponse, type Jar, type Send } from './client.ts'

export const PASSWORD = 'a long enough sentence'

/** Error codes of library options that this server does not use. */
export const UNUSED_LIBRARY_CODES: ReadonlySet<string> = new Set([
  'token_revoked',
  'user_unknown',
  'claims_refused',
  'csrf_token_invalid',
  'reauthentication_required',
])

export interface TestServer extends RunningServer {
  send: Send
  /** The origin of the server: `http://localhost:<port>`. */
  origin: string
  folder: string
  clock: Clock
  hashing: Hashing
  /** Everything that the server wrote to stdout and stderr. */
  output: string[]
  /** Creates an account and returns its tokens. */
  register(username?: string): Promise<Tokens>
  signIn(username?: string): Promise<Tokens>
  /** Signs in as a page does. Stores the cookies in the jar. */
  signInWithCookies(jar: Jar, username?: string): Promise<HttpResponse>
}

export interface Tokens {
  access_token: string
  refresh_token: string
  session_id: string
  generation: number
}

/** A clock that moves only by `advance`. */
export class Clock {
  now = Date.UTC(2026, 5, 1, 12)
  advance(seconds: number): void {
    this.now += seconds * 1000
  }
}

/** The calls of argon2 that the server makes. */
interface Hashing {
  /** Hashes made since the start. */
  hashed: number
  /** The parameters of each hash that was verified. */
  verified: string[]
  /** Runs during the next verification, once. */
  duringVerify: (() => Promise<unknown>) | null
}

/** Milliseconds, longer than any test. */
const NEVER = 3_600_000

export const MINUTE = 60
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

export function configOf(env: Record<string, string>): Config {
  const result = readConfig({ env })
  if (!result.ok) throw new Error(result.message)
  return result.config
}

/** Creates a folder that is removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Starts a server for one test, over real HTTP and with its own database. */
export async function startServer(
  env: Record<string, string> = {},
  { clock = new Clock(), folder = temporaryFolder() } = {},
): Promise<TestServer> {
  const hashing: Hashing = { hashed: 0, verified: [], duringVerify: null }
  const output: string[] = []
  const write = (text: string) => void output.push(text)
  const running = await start(configOf({ PORT: '0', LATCHKEY_DATA: folder, ...env }), {
    out: write,
    err: write,
    now: () => clock.now,
    argon2: recordedArgon2(hashing),
    heartbeatInterval: NEVER,
  })
  // The server hashes once at its start.
  hashing.hashed = 0
  const { send, close: closeClient } = createClient(running.port)
  let closed = false
  const close = async () => {
    if (closed) return
    closed = true
    closeClient()
    await running.close()
  }
  onTestFinished(close)
  const origin = `http://localhost:${running.port}`
  return {
    ...running,
    ...signInHelpers(send, origin),
    send,
    origin,
    folder,
    clock,
    hashing,
    output,
    close,
  }
}

/** For processes of one deployment: tests give each its own port, and with it another origin. */
export const ONE_ISSUER = {
  LATCHKEY_ISSUER: 'http://localhost:8080',
  LATCHKEY_AUDIENCE: 'http://localhost:8080',
}

function recordedArgon2(hashing: Hashing): Argon2 {
  return {
    hash: (...args) => (hashing.hashed++, hash(...args)),
    verify: async (...args) => {
      hashing.verified.push(/m=.*?\$/.exec(String(args[0]))![0])
      const { duringVerify } = hashing
      hashing.duringVerify = null
      await duringVerify?.()
      return verify(...args)
    },
  }
}

function signInHelpers(
  send: Send,
  origin: string,
): Pick<TestServer, 'register' | 'signIn' | 'signInWithCookies'> {
  const tokensFrom = async (path: string, username: string) =>
    (await send('POST', path, { json: { username, password: PASSWORD } })).body as unknown as Tokens
  return {
    register: (username = 'ada') => tokensFrom('/register', username),
    signIn: (username = 'ada') => tokensFrom('/login', username),
    signInWithCookies: (jar, username = 'ada') =>
      send('POST', '/login', {
        json: { username, password: PASSWORD, mode: 'cookie' },
        jar,
        headers: { origin },
      }),
  }
}
