import type { Revocation, Store } from '../../core/store.ts'
import { announcer } from '../announcer.ts'
import type { Connections, Line } from './client.ts'
import { CHANNEL } from './sql.ts'

/** Milliseconds between two beats that a process sends itself through the engine, and after how many silent ones the line is lost. */
const BEAT = 5000
const SILENT = 3

/**
 * Hears of every end over `LISTEN`. A line that is broken without a word, and a pooler that swallows what is told, are found out by beats:
 * messages to nobody but this process.
 */
export function feedOf(connections: Connections, tell: (channel: string) => Promise<unknown>, name: string): { announce(revocation: Revocation): void; subscribe: Store['subscribe']; close(): void } {
  const { announce, announceState, subscribe } = announcer()
  const beats = `latchkey_beat_${name}`
  let line: Line | null = null
  let timer: NodeJS.Timeout | undefined
  let silence = 0
  let users = 0

  function heard(channel: string, payload: string): void {
    if (channel === beats) {
      silence = 0
      return announceState(true)
    }
    const [sessionId, at] = payload.split(' ')
    if (sessionId && at && Number.isSafeInteger(Number(at))) announce({ sessionId, at: Number(at) })
  }
  function beat(): void {
    if (++silence > SILENT) {
      silence = 0
      announceState(false)
      line?.renew()
    }
    tell(beats).catch(() => {})
  }
  function open(): void {
    line = connections.listen([CHANNEL, beats], {
      open() {
        // What was told before this moment, since the line was lost, was not heard.
        announceState(false)
        silence = 0
        tell(beats).catch(() => {})
      },
      heard,
    })
    timer = setInterval(beat, BEAT)
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
