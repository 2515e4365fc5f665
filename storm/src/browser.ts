import {
  attemptHeader,
  withAttempt,
  withResponse,
  type Attempts,
} from 'latchkey/client/refresh-attempts'
import { COOKIES, HOST_PREFIX } from 'latchkey/protocol'
import type { Receipt } from './client-timing.ts'
import type { Login } from './login.ts'
import type { Random } from './random.ts'
import type { Cookies, StackResponse } from './sign-in-stack.ts'
import { SECOND } from './units.ts'

/** Chromium writes its cookies to disk every thirty seconds. */
const COOKIE_WRITE_INTERVAL = 30 * SECOND

export interface CookieJar {
  cookies: Cookies
  /** The login that the cookies belong to. */
  login: Login | null
  /** When the access token was issued, in milliseconds. Only the ledger reads it. */
  issuedAt: number
  /** Seconds that the access token lives. Only the ledger reads it. */
  lifetime: number
}

/** What the tabs share: in IndexedDB, on disk at once. */
interface ClientRecord {
  /** Incremented by each renewal. */
  version: number
  attempts: Attempts
  /** By the wall clock. */
  receivedAt: number
  /** Seconds. */
  expiresIn: number
}

/** An earlier state of the jar, which may still be the one on disk. */
interface OlderJar {
  jar: CookieJar
  onDiskUntil: number
}

const EMPTY_JAR: CookieJar = { cookies: {}, login: null, issuedAt: 0, lifetime: 0 }
const NO_ATTEMPTS: Attempts = { generation: 0, pending: null, previous: null }

/** One browser: its cookie jar, the copy of it on disk, and the record of the client. */
export class Browser {
  jar: CookieJar = EMPTY_JAR
  record: ClientRecord = { version: 0, attempts: NO_ATTEMPTS, receivedAt: 0, expiresIn: 0 }
  /** Milliseconds by which the wall clock is ahead; negative if it is behind. */
  clockSkew = 0
  readonly #random: Random
  readonly #sendsAttempts: boolean
  #olderJars: OlderJar[] = []

  constructor(random: Random, { attempts }: { attempts: boolean }) {
    this.#random = random
    this.#sendsAttempts = attempts
  }

  /** Stores the response to a sign-in. Nothing of an earlier session remains, not even on disk. */
  startSession(response: StackResponse, login: Login, issuedAt: number, now: number): void {
    this.jar = EMPTY_JAR
    this.storeCookies(response, login, issuedAt, now)
    this.#olderJars = []
    this.record = {
      version: this.record.version + 1,
      attempts: { ...NO_ATTEMPTS, generation: response.generation ?? 0 },
      receivedAt: now + this.clockSkew,
      expiresIn: response.expiresIn ?? 0,
    }
  }

  /** Stores the cookies of a response, which happens before any script of the page runs. */
  storeCookies(response: StackResponse, login: Login, issuedAt: number, now: number): void {
    const entries = Object.entries(response.set)
    if (entries.length === 0) return
    const cookies: Record<string, string> = { ...this.jar.cookies }
    for (const [name, value] of entries) {
      if (value === null) delete cookies[name]
      else cookies[name] = value
    }
    this.#olderJars = [
      ...this.#jarsOnDisk(now),
      { jar: this.jar, onDiskUntil: now + COOKIE_WRITE_INTERVAL },
    ]
    const { expiresIn } = response
    const token =
      expiresIn === null
        ? { issuedAt: this.jar.issuedAt, lifetime: this.jar.lifetime }
        : { issuedAt, lifetime: expiresIn }
    this.jar = { cookies, login, ...token }
  }

  /**
   * Starts a renewal: stores its attempt, and returns the header to send and the generation that
   * the client knows.
   */
  startAttempt(): { header: string | null; startGeneration: number } {
    const { attempts } = this.record
    // The cookie shows a response that arrived while no page was open to record it.
    const generation = generationOf(this.jar.cookies)
    const known =
      generation !== null && generation > attempts.generation
        ? withResponse(attempts, attempts.generation, { generation })
        : attempts
    const started = withAttempt(known, () => randomAttempt(this.#random))
    this.record = { ...this.record, attempts: started }
    return {
      header: this.#sendsAttempts ? attemptHeader(started) : null,
      startGeneration: started.generation,
    }
  }

  /**
   * Records a response in the page. `startGeneration` is the one that `startAttempt` returned. The
   * response is ignored if the client has a newer generation by now.
   */
  recordResponse(startGeneration: number, response: StackResponse, now: number): void {
    const { generation, expiresIn } = response
    const attempts =
      generation === null
        ? this.record.attempts
        : withResponse(this.record.attempts, startGeneration, { generation })
    if (generation !== null && attempts.generation !== generation) return
    this.record = {
      version: this.record.version + 1,
      attempts,
      receivedAt: now + this.clockSkew,
      expiresIn: expiresIn ?? this.record.expiresIn,
    }
  }

  /**
   * The receipt of tokens that another tab received. Their age is taken from the wall clock; if
   * that is impossible, they count as expired.
   */
  receipt(now: number): Receipt {
    const age = now + this.clockSkew - this.record.receivedAt
    const lifetime = this.record.expiresIn * SECOND
    return { at: age >= 0 && age < lifetime ? now - age : Number.NEGATIVE_INFINITY, lifetime }
  }

  /** Restores the cookies from disk: the current ones, or older ones of the last seconds. */
  crash(now: number): void {
    this.jar = this.#random.pick([this.jar, ...this.#jarsOnDisk(now).map(({ jar }) => jar)])
    this.#olderJars = []
  }

  #jarsOnDisk(now: number): OlderJar[] {
    return this.#olderJars.filter(({ onDiskUntil }) => onDiskUntil > now)
  }
}

/**
 * The generation in the readable cookie, `<session id>.<generation>`; null if there is no such
 * cookie.
 */
function generationOf(cookies: Cookies): number | null {
  const value = cookies[HOST_PREFIX + COOKIES.session] ?? cookies[COOKIES.session]
  return value === undefined ? null : Number(value.slice(value.indexOf('.') + 1))
}

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** An attempt from the random numbers of the storm: 22 characters. */
export function randomAttempt(random: Random): string {
  return Array.from({ length: 22 }, () => BASE64URL[random.integer(64)]).join('')
}
