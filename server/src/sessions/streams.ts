import type { SessionEvent } from './event-types.ts'

/** Open streams of one session and of this process, and messages that a client may leave unread. */
const LIMITS = { perSession: 8, perProcess: 1000, unread: 64 }

/** Milliseconds between two heartbeats. Many proxies close a connection after a silent minute. */
export const HEARTBEAT_INTERVAL = 25_000

export interface Streams {
  /**
   * Returns a stream of the events of a session, or null if too many are open. `onClose` is called
   * once, when the stream ends for any reason.
   */
  open(sessionId: string, onClose?: () => void): ReadableStream<Uint8Array> | null
  send(sessionId: string, event: SessionEvent): void
  /** Sends the event `ended` and closes all streams of the session. */
  end(sessionId: string): void
  /** Sends a comment on each stream, and closes those whose session has expired. */
  heartbeat(isOver: (sessionId: string) => Promise<boolean>): Promise<void>
  closeAll(): void
}

type Controller = ReadableStreamDefaultController<Uint8Array>

const encoder = new TextEncoder()

/** The open event streams of this process (HTML Standard, section 9.2, "Server-sent events"). */
export function createStreams(limits = LIMITS): Streams {
  const sessions = new Map<string, Set<Controller>>()
  const onCloseOf = new WeakMap<Controller, () => void>()
  let openCount = 0

  function add(sessionId: string, controller: Controller, onClose?: () => void): void {
    if (onClose !== undefined) onCloseOf.set(controller, onClose)
    sessions.set(sessionId, (sessions.get(sessionId) ?? new Set()).add(controller))
    openCount++
  }

  function remove(sessionId: string, controller: Controller): void {
    const streams = sessions.get(sessionId)
    if (streams?.delete(controller) !== true) return
    openCount--
    onCloseOf.get(controller)?.()
    if (streams.size === 0) sessions.delete(sessionId)
  }

  function close(sessionId: string, controller: Controller): void {
    remove(sessionId, controller)
    controller.close()
  }

  function sendText(sessionId: string, text: string): void {
    for (const controller of sessions.get(sessionId) ?? []) {
      // A client that reads too slowly is disconnected. It reconnects and reads the state again.
      if ((controller.desiredSize ?? 0) <= 0) close(sessionId, controller)
      else controller.enqueue(encoder.encode(text))
    }
  }

  const closeSession = (sessionId: string): void =>
    sessions.get(sessionId)?.forEach((controller) => close(sessionId, controller))

  function end(sessionId: string): void {
    sendText(sessionId, 'event: ended\ndata: {}\n\n')
    closeSession(sessionId)
  }

  return {
    open(sessionId, onClose) {
      const ofSession = sessions.get(sessionId)?.size ?? 0
      if (openCount >= limits.perProcess || ofSession >= limits.perSession) return null
      let own: Controller
      return new ReadableStream<Uint8Array>(
        {
          start(controller) {
            own = controller
            add(sessionId, controller, onClose)
            controller.enqueue(encoder.encode('retry: 3000\n\n'))
          },
          cancel: () => remove(sessionId, own),
        },
        { highWaterMark: limits.unread },
      )
    },
    send: (sessionId, event) => sendText(sessionId, `data: ${JSON.stringify(event)}\n\n`),
    end,
    async heartbeat(isOver) {
      for (const sessionId of sessions.keys()) {
        if (await isOver(sessionId)) end(sessionId)
        else sendText(sessionId, ': heartbeat\n\n')
      }
    },
    closeAll() {
      for (const sessionId of sessions.keys()) closeSession(sessionId)
    },
  }
}
