import {
  attemptHeader,
  withAttempt,
  withResponse,
  type Attempts,
} from '../../src/client/internal/attempts.ts'
import type { RefreshOptions, RefreshResult } from '../../src/core/session/refresh.ts'
import type { TokenSet } from '../../src/core/session/token-set.ts'

/**
 * The exchange of a page that refreshes: its request, the answer once there is one, and whether the
 * browser has it.
 */
interface Exchange {
  sentAt: number
  refreshToken: string
  options: RefreshOptions
  begunAt: number
  tokens: TokenSet | null
  arrived: boolean
}

interface Jar {
  refreshToken: string
  generation: number
}

const SECOND = 1000
const LONGEST_EXCHANGE = 10 * SECOND
const DISK_LAG = 40 * SECOND

/** What arrives from outside, in the order in which it says. `which` chooses among several. */
export type Event = readonly [
  what: 'wait' | 'begin' | 'serve' | 'arrive' | 'note' | 'lose' | 'double' | 'crash',
  which: number,
]

/**
 * One person's browser with all its tabs, against the real verbs: the same world as the search's,
 * with real tokens and real time.
 */
export class SimulatedBrowser {
  readonly #refresh: (refreshToken: string, options: RefreshOptions) => Promise<RefreshResult>
  readonly #clock: { now: number }
  jar: Jar
  attempts: Attempts
  #disk: Array<{ jar: Jar; until: number }> = []
  #exchanges: Exchange[] = []
  #named = 0

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

  /** Throws where the server refuses. */
  async apply([what, which]: Event): Promise<void> {
    const { now } = this.#clock
    if (what === 'wait')
      this.#clock.now += [1, 9, 29, 31, 45, 290, 3600, 86_400][which % 8]! * SECOND
    else if (what === 'begin') this.#exchanges.push(this.begin())
    else if (what === 'crash') this.#crash(which)
    else {
      const fits = {
        serve: isAsking,
        arrive: isAnswered,
        note: hasArrived,
        lose: () => true,
        double: isAsking,
      }[what]
      const open = this.#exchanges.filter(
        (each) => fits(each) && (each.arrived || now - each.sentAt < LONGEST_EXCHANGE),
      )
      const exchange = open[which % open.length]
      if (exchange) await this.#goOn(what, exchange)
    }
  }

  begin(): Exchange {
    const { generation, refreshToken } = this.jar
    const seen =
      generation > this.attempts.generation
        ? withResponse(this.attempts, this.attempts.generation, { generation })
        : this.attempts
    this.attempts = withAttempt(seen, () => `attempt ${this.#named++}`)
    const [attempt, previous = null] = attemptHeader(this.attempts).split(', ')
    const options = { attempts: { attempt: attempt!, previous } }
    return {
      sentAt: this.#clock.now,
      refreshToken,
      options,
      begunAt: this.attempts.generation,
      tokens: null,
      arrived: false,
    }
  }

  async #goOn(
    what: 'serve' | 'arrive' | 'note' | 'lose' | 'double',
    exchange: Exchange,
  ): Promise<void> {
    if (what === 'serve') await this.serve(exchange)
    else if (what === 'arrive') this.arrive(exchange)
    else if (what === 'double') this.#exchanges.push({ ...exchange })
    else {
      this.#exchanges = this.#exchanges.filter((each) => each !== exchange)
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
    // An answer that brings nothing new leaves the cookie alone.
    if (tokens.refreshToken === exchange.refreshToken) return
    this.#disk.push({ jar: this.jar, until: this.#clock.now + DISK_LAG })
    this.jar = tokens
  }

  note({ begunAt, tokens }: Exchange): void {
    this.attempts = withResponse(this.attempts, begunAt, { generation: tokens!.generation })
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

const isAsking = ({ tokens }: Exchange): boolean => tokens === null
const isAnswered = ({ tokens, arrived }: Exchange): boolean => tokens !== null && !arrived
const hasArrived = ({ arrived }: Exchange): boolean => arrived
