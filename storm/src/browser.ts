import type { Receipt } from '../../library/src/client/internal/clock.ts'
import {
  attemptHeader,
  withAttempt,
  withResponse,
  type Attempts,
} from '../../library/src/client/internal/attempts.ts'
import { COOKIES } from '../../library/src/protocol.ts'
import type { Random } from './random.ts'
import type { Sitting } from './login.ts'
import type { Answer, Cookies } from './stack.ts'
import { SECOND } from './world.ts'

/** Chromium writes its cookies to the disk every thirty seconds. */
const DISK_LAG = 30 * SECOND

export interface Jar {
  cookies: Cookies
  /** The sign-in that the cookies come from. */
  sitting: Sitting | null
  /** When the server made the access token, and for how many seconds. Only the judge looks at these. */
  madeAt: number
  life: number
}

/** What the tabs know together: in IndexedDB, on disk at once. */
interface Kept {
  /** Grows with each renewal. */
  version: number
  attempts: Attempts
  /** By the wall clock. */
  receivedAt: number
  expiresIn: number
}

const EMPTY: Jar = { cookies: {}, sitting: null, madeAt: 0, life: 0 }
const NO_ATTEMPTS: Attempts = { generation: 0, pending: null, previous: null }

/** One browser: its cookie jar, the disk below it, and what our client keeps. */
export class Browser {
  jar: Jar = EMPTY
  kept: Kept = { version: 0, attempts: NO_ATTEMPTS, receivedAt: 0, expiresIn: 0 }
  /** How far the wall clock is off. */
  skew = 0
  #past: Array<{ jar: Jar; until: number }> = []
  readonly #random: Random
  readonly #sends: boolean

  constructor(random: Random, { attempts }: { attempts: boolean }) {
    this.#random = random
    this.#sends = attempts
  }

  /** Somebody signed in: nothing of an earlier session is left, not on the disk either. */
  begin(answer: Answer, sitting: Sitting, madeAt: number, now: number): void {
    this.jar = EMPTY
    this.take(answer, sitting, madeAt, now)
    this.#past = []
    const attempts = { ...NO_ATTEMPTS, generation: answer.generation ?? 0 }
    this.kept = {
      version: this.kept.version + 1,
      attempts,
      receivedAt: now + this.skew,
      expiresIn: answer.expiresIn ?? 0,
    }
  }

  /** The cookies of an answer, set before any script knows. */
  take({ set, expiresIn }: Answer, sitting: Sitting, madeAt: number, now: number): void {
    const entries = Object.entries(set)
    if (entries.length === 0) return
    const cookies: Record<string, string> = { ...this.jar.cookies }
    for (const [name, value] of entries) {
      if (value === null) delete cookies[name]
      else cookies[name] = value
    }
    this.#past = [
      ...this.#past.filter(({ until }) => until > now),
      { jar: this.jar, until: now + DISK_LAG },
    ]
    this.jar = {
      cookies,
      sitting,
      ...(expiresIn === null
        ? { madeAt: this.jar.madeAt, life: this.jar.life }
        : { madeAt, life: expiresIn }),
    }
  }

  /** A renewal begins: the attempt goes on disk. Answers what to send with it. */
  keepAttempt(): { attempts: string | null; begunAt: number } {
    const seen = generationIn(this.jar.cookies)
    const { attempts } = this.kept
    // An answer may have come that no page lived to note: the cookie tells.
    const known =
      seen !== null && seen > attempts.generation
        ? withResponse(attempts, attempts.generation, { generation: seen })
        : attempts
    const begun = withAttempt(known, () => newAttempt(this.#random))
    this.kept = { ...this.kept, attempts: begun }
    return { attempts: this.#sends ? attemptHeader(begun) : null, begunAt: begun.generation }
  }

  /** A page notes an answer. One that is late changes nothing. */
  note(begunAt: number, { generation, expiresIn }: Answer, now: number): void {
    const attempts =
      generation === null
        ? this.kept.attempts
        : withResponse(this.kept.attempts, begunAt, { generation })
    if (generation !== null && attempts.generation !== generation) return
    this.kept = {
      version: this.kept.version + 1,
      attempts,
      receivedAt: now + this.skew,
      expiresIn: expiresIn ?? this.kept.expiresIn,
    }
  }

  /** How old the tokens are, for a tab that did not receive them itself: by the wall clock, which may be wrong. Then they count as expired. */
  receipt(now: number): Receipt {
    const { receivedAt, expiresIn } = this.kept
    const [age, lifetime] = [now + this.skew - receivedAt, expiresIn * 1000]
    return { at: age >= 0 && age < lifetime ? now - age : Number.NEGATIVE_INFINITY, lifetime }
  }

  /** What the disk had lasts: the jar of now, or one of those of the last seconds. */
  crash(now: number): void {
    this.jar = this.#random.one([
      this.jar,
      ...this.#past.filter(({ until }) => until > now).map(({ jar }) => jar),
    ])
    this.#past = []
  }
}

/** The number in our readable cookie, `<session id>.<generation>`; null where a stack has no such thing. */
function generationIn(cookies: Cookies): number | null {
  const found = cookies[`__Host-${COOKIES.session}`] ?? cookies[COOKIES.session]
  return found === undefined ? null : Number(found.slice(found.indexOf('.') + 1))
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** The form of an attempt, from the storm's own chances. */
export function newAttempt(random: Random): string {
  return Array.from({ length: 22 }, () => LETTERS[random.below(64)]).join('')
}
