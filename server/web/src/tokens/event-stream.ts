import type { SessionEvent } from '../../../src/sessions/event-types.ts'

interface Hearer {
  /** Told each time the stream begins, so that what was missed can be fetched; the access token is renewed for it if need be. */
  opened(): void
  event(event: SessionEvent): void
  /** The session is over. */
  ended(): void
  /** Whether the stream is open. */
  live(is: boolean): void
  /** Called before a stream that the server refused is asked for again. */
  prepare(): Promise<unknown>
}

/** Milliseconds before a refused stream is asked for again, and the longest that this grows to. */
const PAUSE = 2000
const LONGEST_PAUSE = 30_000

/** Hears the events of the session as they happen, for as long as the page is open. */
export function streamEvents(path: string, hearer: Hearer): void {
  let pause = PAUSE
  let over = false
  const open = (): void => {
    const source = new EventSource(path)
    source.addEventListener('open', () => {
      pause = PAUSE
      hearer.live(true)
      hearer.opened()
    })
    source.addEventListener('message', ({ data }: MessageEvent<string>) =>
      hearer.event(JSON.parse(data) as SessionEvent),
    )
    source.addEventListener('ended', () => {
      over = true
      source.close()
      hearer.live(false)
      hearer.ended()
    })
    source.addEventListener('error', () => {
      if (over) return
      hearer.live(false)
      // The browser itself asks again after a broken line, but not after a refusal.
      if (source.readyState !== EventSource.CLOSED) return
      setTimeout(() => void hearer.prepare().then(open, open), pause)
      pause = Math.min(pause * 2, LONGEST_PAUSE)
    })
  }
  open()
}
