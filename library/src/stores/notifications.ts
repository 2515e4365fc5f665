import type { Revocation, Store } from '../core/store.ts'
import { localFeed } from './local-feed.ts'
import type { Hearing, Line } from './reconnect.ts'

/** Milliseconds between two beats that a process sends itself through the engine, and after how many silent ones the line is lost. */
const BEAT = 5000
const SILENT = 3

interface Engine {
  /** Where every end is told, as `id instant`. */
  channel: string
  /** A channel of this store alone. */
  beats: string
  listen(channels: string[], hearing: Hearing): Line
  tell(channel: string): Promise<unknown>
}

/** `close` stops hearing for good. */
export interface EngineNotifications {
  announce(revocation: Revocation): void
  subscribe: Store['subscribe']
  close(): void
}

/**
 * Hears of every end from the engine. A line that is broken without a word, and a pooler that swallows what is told, are found out by
 * beats: messages that a process sends to itself.
 */
export function notificationsOf({ channel, beats, listen, tell }: Engine): EngineNotifications {
  const { announce, announceState, subscribe } = localFeed()
  let line: Line | null = null
  let timer: NodeJS.Timeout | undefined
  let silence = 0
  let users = 0

  function heard(from: string, payload: string): void {
    if (from === beats) {
      silence = 0
      return announceState(true)
    }
    const [sessionId, at] = payload.split(' ')
    if (from === channel && sessionId && at && Number.isSafeInteger(Number(at)))
      announce({ sessionId, at: Number(at) })
  }
  const beat = () => void tell(beats).catch(() => {})
  function watch(): void {
    if (++silence > SILENT) {
      silence = 0
      line?.renew()
    }
    beat()
  }
  function open(): void {
    // What was told while there was no line was not heard: `up` comes with the first beat.
    line = listen([channel, beats], { opened: beat, lost: () => announceState(false), heard })
    timer = setInterval(watch, BEAT)
    timer.unref()
  }
  function close(): void {
    clearInterval(timer)
    line?.close()
    line = null
    announceState(false)
  }

  return {
    announce,
    subscribe(feed) {
      const stop = subscribe(feed)
      if (users++ === 0) open()
      let stopped = false
      return () => {
        stop()
        if (!stopped && --users === 0) close()
        stopped = true
      }
    },
    close,
  }
}

/** A name that no other store has. */
export const uniqueName = (): string =>
  `${Date.now().toString(36)}${Math.random().toString(36).slice(2)}`
