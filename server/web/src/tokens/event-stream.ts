import type { SessionEvent } from '../../../src/sessions/event-types.ts'

export interface StreamHandlers {
  /** The stream has opened or reopened: events may have been missed. */
  onOpen(): void
  onEvent(event: SessionEvent): void
  /** The session has ended. */
  onEnd(): void
  /** The stream has opened or closed. */
  onLiveChange(live: boolean): void
  /** Called before the stream is requested again after a refusal: the token may have expired. */
  beforeRetry(): Promise<unknown>
}

/** First and longest delay before a refused stream is requested again. Milliseconds. */
const RETRY_DELAY = 2000
const MAX_RETRY_DELAY = 30_000

/** Follows the event stream of the session for as long as the page is open. */
export function followEvents(path: string, handlers: StreamHandlers): void {
  let delay = RETRY_DELAY
  let ended = false
  const open = (): void => {
    const source = new EventSource(path)
    source.addEventListener('open', () => {
      delay = RETRY_DELAY
      handlers.onLiveChange(true)
      handlers.onOpen()
    })
    source.addEventListener('message', ({ data }: MessageEvent<string>) =>
      handlers.onEvent(JSON.parse(data) as SessionEvent),
    )
    source.addEventListener('ended', () => {
      ended = true
      source.close()
      handlers.onLiveChange(false)
      handlers.onEnd()
    })
    source.addEventListener('error', () => {
      if (ended) return
      handlers.onLiveChange(false)
      // The browser reconnects after a network error, but not after a refusal.
      if (source.readyState !== EventSource.CLOSED) return
      setTimeout(() => void handlers.beforeRetry().then(open, open), delay)
      delay = Math.min(delay * 2, MAX_RETRY_DELAY)
    })
  }
  open()
}
