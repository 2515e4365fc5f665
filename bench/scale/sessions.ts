import { createHash } from 'node:crypto'

/** When every session of the benchmark was begun. */
export const NOW = Date.UTC(2026, 10, 23)
const DAY = 86_400_000

/** The id of a session by its number: the same in JavaScript and in SQL, and in no order. */
export const sessionId = (number: number): string => createHash('md5').update(String(number)).digest('base64url')

/** What a browser says of itself. */
export const DEVICE = JSON.stringify({ userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36', address: '198.51.100.7' })
export const CLAIMS = JSON.stringify({ username: 'somebody' })
export const ATTEMPT = 'BBBBBBBBBBBBBBBBBBBBBB'
export const ENDS = { idle: NOW + 30 * DAY, last: NOW + 90 * DAY }
