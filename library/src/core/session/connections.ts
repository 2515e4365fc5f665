import { catchListenerErrors } from '../catch-listener-errors.ts'
import type { CheckedToken } from '../check-token.ts'
import type { Claims } from '../claims.ts'
import { refuse, type Refusal } from '../errors.ts'
import type { Awaitable } from '../store.ts'
import type { SessionContext } from './context.ts'
import { explain } from './list.ts'
import { redeemTicket, type TicketOptions } from './tickets.ts'

/**
 * Why a connection must be closed. `ended`: its session has ended, for whatever reason.
 * `not-renewed`: its session was not refreshed in time. `unknown`: the store cannot be reached, so
 * the session may have ended. `crowded`: its session has too many connections, and this is the
 * oldest.
 */
export type CloseReason = 'ended' | 'not-renewed' | 'unknown' | 'crowded'

export interface BindOptions {
  /**
   * Also close the connection if its session is not refreshed within the lifetime of an access
   * token: the browser is gone or suspended.
   */
  onlyWhileRenewed?: boolean
}

/** A connection that is closed when its session ends. */
export interface Binding {
  /**
   * Takes an access token or a ticket that the client sent over the connection. It must be of the
   * same session. The connection then counts as newly opened.
   */
  renew(
    credential: string,
    options?: TicketOptions,
  ): Promise<{ ok: true; claims: Claims } | Refusal>
  /** Forgets the connection. Call it when the connection was closed by anything else. */
  release(): void
}

/** Who opened a connection: a result of `authenticate` or `redeemTicket`. */
export type ConnectionOwner = { sessionId: string | null; claims: Pick<Claims, 'iat' | 'exp'> }

interface Connection {
  sessionId: string
  close: (reason: CloseReason) => void
  onlyWhileRenewed: boolean
  /** When to read the session again, in milliseconds: its lifetime may be over by then. */
  recheckAt: number
}

/** The most connections of one session. */
const MAX_PER_SESSION = 100
/** Milliseconds between two checks of the open connections. */
const TICK_INTERVAL = 1000

/**
 * The open connections of this process. Each is closed as soon as the process learns that its
 * session has ended.
 */
export class ConnectionRegistry {
  readonly #context: SessionContext
  readonly #checkToken: (token: string) => Awaitable<CheckedToken>
  /** By session id; the oldest connection first. */
  readonly #sessions = new Map<string, Set<Connection>>()
  #count = 0
  #timer: NodeJS.Timeout | null = null
  #wasBehind = false

  constructor(context: SessionContext, checkToken: (token: string) => Awaitable<CheckedToken>) {
    this.#context = context
    this.#checkToken = checkToken
    context.revocations.listen((sessionId) => this.#closeSession(sessionId, 'ended'))
  }

  /** Open connections. */
  get count(): number {
    return this.#count
  }

  /**
   * Calls `close` once, when the session of the owner ends. Throws a `TypeError` if the owner has
   * no session.
   */
  bind(
    { sessionId, claims }: ConnectionOwner,
    close: (reason: CloseReason) => unknown,
    { onlyWhileRenewed = false }: BindOptions = {},
  ): Binding {
    if (sessionId === null)
      throw new TypeError(
        'bindConnection needs an owner with a session, such as a result of authenticate',
      )
    if (typeof close !== 'function')
      throw new TypeError('bindConnection takes a function that closes the connection')
    const connection: Connection = {
      sessionId,
      close: catchListenerErrors('the function passed to bindConnection', close),
      onlyWhileRenewed,
      recheckAt: claims.exp * 1000,
    }
    this.#add(connection)
    this.#closeIfEnded(connection, claims.iat * 1000)
    return {
      renew: (credential, options) => this.#renew(connection, credential, options),
      release: () => this.#release(connection),
    }
  }

  /** Forgets all connections without closing them. */
  releaseAll(): void {
    for (const connections of this.#sessions.values())
      for (const connection of connections) this.#release(connection)
  }

  #add(connection: Connection): void {
    const connections = this.#sessions.get(connection.sessionId) ?? new Set()
    this.#sessions.set(connection.sessionId, connections.add(connection))
    this.#count++
    const [oldest] = connections
    if (connections.size > MAX_PER_SESSION) this.#close(oldest!, 'crowded')
    this.#timer ??= setInterval(() => this.#tick(), TICK_INTERVAL).unref()
  }

  #release(connection: Connection): void {
    const connections = this.#sessions.get(connection.sessionId)
    if (connections?.delete(connection) !== true) return
    if (connections.size === 0) this.#sessions.delete(connection.sessionId)
    if (--this.#count > 0 || this.#timer === null) return
    clearInterval(this.#timer)
    this.#timer = null
  }

  #close(connection: Connection, reason: CloseReason): void {
    if (this.#sessions.get(connection.sessionId)?.has(connection) !== true) return
    this.#release(connection)
    connection.close(reason)
  }

  #closeSession(sessionId: string, reason: CloseReason): void {
    for (const connection of this.#sessions.get(sessionId) ?? []) this.#close(connection, reason)
  }

  /** The session may have ended since the request was checked. `issuedAt` in milliseconds. */
  #closeIfEnded(connection: Connection, issuedAt: number): void {
    const { revocations, settings, inBackground } = this.#context
    const ended = revocations.isEnded(connection.sessionId, issuedAt, settings.now())
    if (ended === false) return
    if (ended === true) return this.#close(connection, 'ended')
    void inBackground(async () => ended).then((ended) =>
      ended === false ? undefined : this.#close(connection, ended === true ? 'ended' : 'unknown'),
    )
  }

  async #renew(
    connection: Connection,
    credential: string,
    options?: TicketOptions,
  ): Promise<{ ok: true; claims: Claims } | Refusal> {
    // Access tokens contain dots, tickets do not.
    const checked = credential.includes('.')
      ? await this.#checkToken(credential)
      : await redeemTicket(this.#context, credential, options)
    if (!checked.ok) return checked
    if (checked.claims.sid !== connection.sessionId) return refuse('token_invalid')
    connection.recheckAt = Math.max(connection.recheckAt, checked.claims.exp * 1000)
    return { ok: true, claims: checked.claims }
  }

  /** Without requests, only a poll reveals ended sessions and a store that cannot be reached. */
  #tick(): void {
    const { revocations, settings } = this.#context
    const now = settings.now()
    revocations.refresh()
    const isBehind = revocations.isBehind()
    // Not before the second tick: after the machine was suspended, the poll needs a moment.
    if (isBehind && this.#wasBehind)
      for (const sessionId of this.#sessions.keys()) this.#closeSession(sessionId, 'unknown')
    this.#wasBehind = isBehind
    for (const connections of this.#sessions.values())
      for (const connection of connections)
        if (now >= connection.recheckAt) void this.#recheck(connection)
  }

  /**
   * Reads the session of a connection. Closes the connection, or sets the time of the next check.
   */
  async #recheck(connection: Connection): Promise<void> {
    const { settings, inBackground } = this.#context
    connection.recheckAt = Number.POSITIVE_INFINITY
    const session = await inBackground(async () => explain(this.#context, connection.sessionId))
    const now = settings.now()
    if (session !== null && 'ok' in session) {
      connection.recheckAt = now + TICK_INTERVAL
      return
    }
    if (session === null || session.end !== null) return this.#close(connection, 'ended')
    const renewedUntil = connection.onlyWhileRenewed
      ? session.issuedAt + settings.accessLifetime
      : Number.POSITIVE_INFINITY
    if (now >= renewedUntil) this.#close(connection, 'not-renewed')
    connection.recheckAt = Math.min(session.idleEndsAt, renewedUntil)
  }
}
