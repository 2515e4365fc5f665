/** The timing of the simulated client, which is that of the client of Latchkey. Milliseconds. */
import { SECOND } from './units.ts'

/** When an access token was received, and its lifetime. */
export interface Receipt {
  at: number
  lifetime: number
}

/** At most this long before the expiry, and at most a quarter of the lifetime. */
const RENEWAL_MARGIN = 30 * SECOND
const MIN_INTERVAL = SECOND
const MIN_BACKOFF = 4 * SECOND
const MAX_BACKOFF = 30 * SECOND

/** When the client renews a token. */
export const renewalTime = ({ at, lifetime }: Receipt): number =>
  at + Math.max(MIN_INTERVAL, lifetime - Math.min(RENEWAL_MARGIN, lifetime / 4))

/** How long the client waits after this many failed renewals in a row. `random` is from 0 to 1. */
export const backoffDelay = (failures: number, random: number): number =>
  Math.min(MAX_BACKOFF, MIN_BACKOFF * 2 ** failures * (1 + random))
