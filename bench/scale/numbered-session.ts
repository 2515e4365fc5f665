import { createHash } from 'node:crypto'
import type { Session } from 'latchkey'

/** When every session of the benchmark started. */
export const STARTED_AT = Date.UTC(2026, 10, 23)
const DAY = 86_400_000

/** The id of a session by its number, the same in JavaScript and in SQL, in random order. */
export const sessionId = (number: number): string =>
  createHash('md5').update(String(number)).digest('base64url')

/** A session that was refreshed once. Three of four people have one session. */
export function numberedSession(number: number): Session {
  return {
    id: sessionId(number),
    identity: `person ${number - (number % 4 === 0 ? 1 : 0)}`,
    generation: 1,
    attempt: 'BBBBBBBBBBBBBBBBBBBBBA',
    used: false,
    issuedAt: STARTED_AT,
    createdAt: STARTED_AT,
    idleEndsAt: STARTED_AT + 30 * DAY - (number % 1000) * 1000,
    endsAt: STARTED_AT + 90 * DAY,
    rotates: true,
    claims: { username: 'lovelace' },
    device: {
      userAgent:
        'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) ' +
        'Chrome/142.0.0.0 Safari/537.36',
      address: '198.51.100.7',
    },
    end: null,
  }
}
