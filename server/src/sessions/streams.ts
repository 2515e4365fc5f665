import type { SessionEvent } from './event-types.ts'

/** How many streams may be open, and how many lines one of them may leave unread. */
const MOST = { perSession: 8, perProcess: 1000, unread: 64 }

/** Milliseconds between two signs of life; proxies close a line that is silent for a minute. */
export const HEARTBEAT = 25_000

export interface Streams {
  /** A stream of the events of a session; null where too many are open. `closed` is called when it is over. */
  open(sessionId: string, closed?: () => void): ReadableStream<Uint8Array> | null
  tell(sessionId: string, event: SessionEvent): void
  /** Tells that the session is over, and closes its streams. */
  end(sessionId: string): void
  /** Shows each stream that the line is open; those of sessions that have ended by time are closed. */
  beat(isOver: (sessionId: string) => Promise<boolean>): Promise<void>
  closeAll(): void
}

type Controller = ReadableStreamDefaultController<Uint8Array>

const encoder = new TextEncoder()

/** The open event streams of this process (HTML Standard, section 9.2, "Server-sent events"). */
export function createStreams(most = MOST): Streams {
  const sessions = new Map<string, Set<Controller>>()
  const whenClosed = new WeakMap<Controller, () => void>()
  let open = 0

  function forget(sessionId: string, controller: Controller): void {
    const streams = sessions.get(sessionId)
    if (streams?.delete(controller) !== true) return
    open--
    whenClosed.get(controller)?.()
    if (streams.size === 0) sessions.delete(sessionId)
  }

  function close(sessionId: string, controller: Controller): void {
    forget(sessionId, controller)
    controller.close()
  }

  function send(sessionId: string, text: string): void {
    for (const controller of sessions.get(sessionId) ?? []) {
      // Whoever reads slower than it happens is sent away, and comes back to read the state anew.
      if ((controller.desiredSize ?? 0) <= 0) close(sessionId, controller)
      else controller.enqueue(encoder.encode(text))
    }
  }

  const closeSession = (sessionId: string): void =>
    sessions.get(sessionId)?.forEach((controller) => close(sessionId, controller))

  function end(sessionId: string): void {
    send(sessionId, 'event: ended\ndata: {}\n\n')
    closeSession(sessionId)
  }

  return {
    open(sessionId, closed) {
      const streams = sessions.get(sessionId) ?? new Set()
      if (open >= most.perProcess || streams.size >= most.perSession) return null
      let own: Controller
      return new ReadableStream<Uint8Array>(
        {
          start(controller) {
            own = controller
            if (closed !== undefined) whenClosed.set(controller, closed)
            sessions.set(sessionId, streams.add(controller))
            open++
            controller.enqueue(encoder.encode('retry: 3000\n\n'))
          },
          cancel: () => forget(sessionId, own),
        },
        { highWaterMark: most.unread },
      )
    },
    tell: (sessionId, event) => send(sessionId, `data: ${JSON.stringify(event)}\n\n`),
    end,
    async beat(isOver) {
      for (const sessionId of sessions.keys()) {
        if (await isOver(sessionId)) end(sessionId)
        else send(sessionId, ': here\n\n')
      }
    },
    closeAll() {
      for (const sessionId of sessions.keys()) closeSession(sessionId)
    },
  }
}
