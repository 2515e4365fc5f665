import { refuse, type Refusal } from '../errors.ts'
import type { CheckedToken } from '../check-token.ts'
import { catchListenerErrors } from '../catch-listener-errors.ts'
import type { Awaitable } from '../store.ts'
import type { Claims } from '../access-token.ts'
import type { SessionContext } from './context.ts'
import { explain } from './list.ts'
import { redeemTicket, type TicketOptions } from './tickets.ts'

/**
 * Why a connection is to be closed: its session ended, by whatever cause; nobody renewed its session; whether its session lives cannot be
 * known, because the store is away; the session has too many others, and this one is the oldest.
 */
export type CloseReason = 'ended' | 'not-renewed' | 'unknown' | 'crowded'

export interface BindOptions {
  /** Close it also where the session was not refreshed within the life of an access token: its browser is gone or asleep. */
  onlyWhileRenewed?: boolean
}

/** A connection that is closed when its session ends. */
export interface Binding {
  /** The client sent an access token or a ticket over the connection, of the same session: it is as new. */
  renew(
    credential: string,
    options?: TicketOptions,
  ): Promise<{ ok: true; claims: Claims } | Refusal>
  /** The connection is closed: nothing is kept of it. To be called when it closes by itself. */
  release(): void
}

/** Who opened a connection: what `authenticate` and `redeemTicket` answer. */
export type ConnectionOwner = { sessionId: string | null; claims: Pick<Claims, 'iat' | 'exp'> }

interface Connection {
  sessionId: string
  close: (reason: CloseReason) => void
  onlyWhileRenewed: boolean
  /** When the session has to be looked at again, in milliseconds: it may have ended by time. */
  lookAt: number
}

/** Connections of one session, at most. */
const MOST = 100
/** Milliseconds between two looks at the clock, while there are connections. */
const TICK = 1000

/** The open connections of this process. Each is closed within moments of the news that its session has ended. */
export function createConnectionRegistry(
  context: SessionContext,
  checkToken: (token: string) => Awaitable<CheckedToken>,
) {
  const { settings, revocations } = context
  const sessions = new Map<string, Set<Connection>>()
  let open = 0
  let ticking: NodeJS.Timeout | null = null
  let wasBehind = false

  function release(connection: Connection): void {
    const same = sessions.get(connection.sessionId)
    if (same?.delete(connection) !== true) return
    if (same.size === 0) sessions.delete(connection.sessionId)
    if (--open > 0 || ticking === null) return
    clearInterval(ticking)
    ticking = null
  }

  function close(connection: Connection, reason: CloseReason): void {
    if (sessions.get(connection.sessionId)?.has(connection) !== true) return
    release(connection)
    connection.close(reason)
  }

  function closeAllOf(sessionId: string, reason: CloseReason): void {
    for (const connection of sessions.get(sessionId) ?? []) close(connection, reason)
  }

  function add(connection: Connection): void {
    const same = sessions.get(connection.sessionId) ?? new Set()
    sessions.set(connection.sessionId, same.add(connection))
    open++
    const [oldest] = same
    if (same.size > MOST) close(oldest!, 'crowded')
    ticking ??= setInterval(tick, TICK).unref()
  }

  /** A process without requests hears of ends, and of the store's being away, by asking. */
  function tick(): void {
    const now = settings.now()
    revocations.refresh()
    const isBehind = revocations.isBehind()
    // Twice in a row, so that a machine that has slept asks first.
    if (isBehind && wasBehind)
      for (const sessionId of sessions.keys()) closeAllOf(sessionId, 'unknown')
    wasBehind = isBehind
    for (const same of sessions.values())
      for (const connection of same) if (now >= connection.lookAt) void look(connection)
  }

  /** Reads the session of a connection, and says when to do so again. */
  async function look(connection: Connection): Promise<void> {
    connection.lookAt = Number.POSITIVE_INFINITY
    const session = await context.orUnavailable(async () => explain(context, connection.sessionId))
    const now = settings.now()
    if (session !== null && 'ok' in session) connection.lookAt = now + TICK
    else if (session === null || session.end !== null) close(connection, 'ended')
    else {
      const renewedUntil = connection.onlyWhileRenewed
        ? session.issuedAt + settings.accessLifetime
        : Number.POSITIVE_INFINITY
      if (now >= renewedUntil) close(connection, 'not-renewed')
      connection.lookAt = Math.min(session.idleEndsAt, renewedUntil)
    }
  }

  revocations.listen((sessionId) => closeAllOf(sessionId, 'ended'))

  return {
    bind(
      { sessionId, claims }: ConnectionOwner,
      onClose: (reason: CloseReason) => unknown,
      { onlyWhileRenewed = false }: BindOptions = {},
    ): Binding {
      if (sessionId === null)
        throw new TypeError(
          'bindConnection takes who opened the connection, by a token of a session',
        )
      if (typeof onClose !== 'function')
        throw new TypeError('bindConnection takes a function that closes the connection')
      const connection = {
        sessionId,
        close: catchListenerErrors('a function given to bindConnection', onClose),
        onlyWhileRenewed,
        lookAt: claims.exp * 1000,
      }
      add(connection)
      // The session may have ended between the check of the request and now.
      const ended = revocations.isEnded(sessionId, claims.iat * 1000, settings.now())
      if (ended === true) close(connection, 'ended')
      else if (ended !== false)
        void context
          .orUnavailable(async () => ended)
          .then((late) => late !== false && close(connection, late === true ? 'ended' : 'unknown'))
      return {
        async renew(credential, options) {
          const checked = credential.includes('.')
            ? await checkToken(credential)
            : await redeemTicket(context, credential, options)
          if (!checked.ok) return checked
          if (checked.claims.sid !== sessionId) return refuse('token_invalid')
          connection.lookAt = Math.max(connection.lookAt, checked.claims.exp * 1000)
          return { ok: true, claims: checked.claims }
        },
        release: () => release(connection),
      }
    },
    count: () => open,
    /** Keeps nothing of any connection, and closes none. */
    releaseAll() {
      for (const same of sessions.values()) for (const connection of same) release(connection)
    },
  }
}
