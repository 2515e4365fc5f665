import type { SessionEvent } from './event-types.ts'

/** Open streams per session and per process, and messages that a client may leave unread. */
const LIMITS = { perSession: 8, perProcess: 1000, unread: 64 }

/** Milliseconds between two heartbeats. Many proxies close an idle connection after a minute. */
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
  /** Sends a comment on each stream, and closes those whose session is over. */
  heartbeat(isOver: (sessionId: string) => Promise<boolean>): Promise<void>
  closeAll(): void
}

interface OpenStream {
  controller: ReadableStreamDefaultController<Uint8Array>
  onClose: (() => void) | undefined
}

/** The open streams of this process, by session. */
interface OpenStreams {
  bySession: Map<string, Set<OpenStream>>
  count: number
}

const encoder = new TextEncoder()

/** The open event streams of this process (HTML Standard, section 9.2, "Server-sent events"). */
export function createStreams(limits = LIMITS): Streams {
  const streams: OpenStreams = { bySession: new Map(), count: 0 }
  const { bySession } = streams
  return {
    open(sessionId, onClose) {
      const ofSession = bySession.get(sessionId)?.size ?? 0
      if (streams.count >= limits.perProcess || ofSession >= limits.perSession) return null
      return openStream(streams, sessionId, onClose, limits.unread)
    },
    send: (sessionId, event) => sendText(streams, sessionId, `data: ${JSON.stringify(event)}\n\n`),
    end: (sessionId) => endSession(streams, sessionId),
    async heartbeat(isOver) {
      for (const sessionId of bySession.keys()) {
        if (await isOver(sessionId)) endSession(streams, sessionId)
        else sendText(streams, sessionId, ': heartbeat\n\n')
      }
    },
    closeAll() {
      for (const sessionId of bySession.keys()) closeSession(streams, sessionId)
    },
  }
}

function openStream(
  streams: OpenStreams,
  sessionId: string,
  onClose: (() => void) | undefined,
  maxUnread: number,
): ReadableStream<Uint8Array> {
  let stream: OpenStream
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        stream = { controller, onClose }
        const { bySession } = streams
        bySession.set(sessionId, (bySession.get(sessionId) ?? new Set()).add(stream))
        streams.count++
        controller.enqueue(encoder.encode('retry: 3000\n\n'))
      },
      cancel: () => remove(streams, sessionId, stream),
    },
    { highWaterMark: maxUnread },
  )
}

function remove(streams: OpenStreams, sessionId: string, stream: OpenStream): void {
  const ofSession = streams.bySession.get(sessionId)
  if (ofSession?.delete(stream) !== true) return
  streams.count--
  stream.onClose?.()
  if (ofSession.size === 0) streams.bySession.delete(sessionId)
}

function close(streams: OpenStreams, sessionId: string, stream: OpenStream): void {
  remove(streams, sessionId, stream)
  stream.controller.close()
}

function sendText(streams: OpenStreams, sessionId: string, text: string): void {
  for (const stream of streams.bySession.get(sessionId) ?? []) {
    // A client that reads too slowly is disconnected. It reconnects and reads the state again.
    if ((stream.controller.desiredSize ?? 0) <= 0) close(streams, sessionId, stream)
    else stream.controller.enqueue(encoder.encode(text))
  }
}

function closeSession(streams: OpenStreams, sessionId: string): void {
  for (const stream of streams.bySession.get(sessionId) ?? []) close(streams, sessionId, stream)
}

function endSession(streams: OpenStreams, sessionId: string): void {
  sendText(streams, sessionId, 'event: ended\ndata: {}\n\n')
  closeSession(streams, sessionId)
}
