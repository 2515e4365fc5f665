import {
  attemptHeader,
  withAttempt,
  withResponse,
  type Attempts,
} from '../../src/client/internal/refresh-attempts.ts'
import type { RefreshOptions, RefreshResult } from '../../src/core/session/refresh.ts'
import type { TokenSet } from '../../src/core/session/token-set.ts'

/**
 * A refresh of a page: the request, the tokens once the server responded, and whether they arrived.
 */
interface Exchange {
  sentAt: number
  refreshToken: string
  options: RefreshOptions
  recordedGeneration: number
  tokens: TokenSet | null
  arrived: boolean
}

interface Jar {
  refreshToken: string
  generation: number
}

const SECOND = 1000
const MAX_EXCHANGE = 10 * SECOND
const DISK_LAG = 40 * SECOND

/**
 * Something that happens to the browser. `which` selects one of several exchanges, disk states or
 * durations.
 */
export type Event = readonly [
  what: 'wait' | 'begin' | 'serve' | 'arrive' | 'note' | 'lose' | 'double' | 'crash',
  which: number,
]

/**
 * One browser with all its tabs, which calls the real `refresh` with real tokens and times. Its
 * events are those of the search.
 */
export class SimulatedBrowser {
  readonly #refresh: (refreshToken: string, options: RefreshOptions) => Promise<RefreshResult>
  readonly #clock: { now: number }
  jar: Jar
  attempts: Attempts
  #disk: Array<{ jar: Jar; until: number }> = []
  #exchanges: Exchange[] = []
  #attemptCount = 0

  constructor(
    signedIn: TokenSet,
    clock: { now: number },
    refresh: (refreshToken: string, options: RefreshOptions) => Promise<RefreshResult>,
  ) {
    this.#refresh = refresh
    this.#clock = clock
    this.jar = signedIn
    this.attempts = { generation: signedIn.generation, pending: null, previous: null }
  }

  /** Rejects if the server refuses. */
  async apply([what, which]: Event): Promise<void> {
    const { now } = this.#clock
    if (what === 'wait')
      this.#clock.now += [1, 9, 29, 31, 45, 290, 3600, 86_400][which % 8]! * SECOND
    else if (what === 'begin') this.#exchanges.push(this.begin())
    else if (what === 'crash') this.#crash(which)
    else {
      const fits = {
        serve: awaitsServer,
        arrive: awaitsArrival,
        note: hasArrived,
        lose: () => true,
        double: awaitsServer,
      }[what]
      const open = this.#exchanges.filter(
        (exchange) => fits(exchange) && (exchange.arrived || now - exchange.sentAt < MAX_EXCHANGE),
      )
      const exchange = open[which % open.length]
      if (exchange) await this.#advance(what, exchange)
    }
  }

  begin(): Exchange {
    const { generation, refreshToken } = this.jar
    const seen =
      generation > this.attempts.generation
        ? withResponse(this.attempts, this.attempts.generation, { generation })
        : this.attempts
    this.attempts = withAttempt(seen, () => `attempt ${this.#attemptCount++}`)
    const [attempt, previous = null] = attemptHeader(this.attempts).split(', ')
    const options = { attempts: { attempt: attempt!, previous } }
    return {
      sentAt: this.#clock.now,
      refreshToken,
      options,
      recordedGeneration: this.attempts.generation,
      tokens: null,
      arrived: false,
    }
  }

  async #advance(
    what: 'serve' | 'arrive' | 'note' | 'lose' | 'double',
    exchange: Exchange,
  ): Promise<void> {
    if (what === 'serve') await this.serve(exchange)
    else if (what === 'arrive') this.arrive(exchange)
    else if (what === 'double') this.#exchanges.push({ ...exchange })
    else {
      this.#exchanges = this.#exchanges.filter((other) => other !== exchange)
      if (what === 'note') this.note(exchange)
    }
  }

  async serve(exchange: Exchange): Promise<void> {
    const outcome = await this.#refresh(exchange.refreshToken, exchange.options)
    if (!outcome.ok) throw new Error(outcome.code)
    exchange.tokens = outcome.tokens
  }

  arrive(exchange: Exchange): void {
    exchange.arrived = true
    const tokens = exchange.tokens!
    // A response with the same refresh token does not set the cookie.
    if (tokens.refreshToken === exchange.refreshToken) return
    this.#disk.push({ jar: this.jar, until: this.#clock.now + DISK_LAG })
    this.jar = tokens
  }

  note({ recordedGeneration, tokens }: Exchange): void {
    this.attempts = withResponse(this.attempts, recordedGeneration, {
      generation: tokens!.generation,
    })
  }

  #crash(which: number): void {
    const possible = [
      this.jar,
      ...this.#disk.filter(({ until }) => until > this.#clock.now).map(({ jar }) => jar),
    ]
    this.jar = possible[which % possible.length]!
    this.#disk = []
    this.#exchanges = []
  }
}

const awaitsServer = ({ tokens }: Exchange): boolean => tokens === null
const awaitsArrival = ({ tokens, arrived }: Exchange): boolean => tokens !== null && !arrived
const hasArrived = ({ arrived }: Exchange): boolean => arrived
