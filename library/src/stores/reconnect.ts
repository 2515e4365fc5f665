/** A line on which the engine speaks by itself; when it is lost, another is opened. */
export interface Line {
  /** Drops the line, because it says nothing any more, and opens another. */
  renew(): void
  close(): void
}

/** What comes over a line. */
export interface Hearing {
  /** What is sent from now on is heard. Told again after each loss. */
  opened(): void
  lost(): void
  heard(channel: string, payload: string): void
}

/** Milliseconds before a lost line is opened again. */
const AGAIN = 1000

/** Keeps a line open. `open` connects, calls `lost` at the end of its connection, and answers with the way to drop it. */
export function keepOpen(
  open: (lost: () => void) => Promise<() => void>,
  { opened, lost }: Hearing,
): Line {
  let present = 0
  let drop: (() => void) | null = null
  let timer: NodeJS.Timeout | undefined

  function start(): void {
    const own = ++present
    const lose = () => own === present && renew()
    const take = (dropIt: () => void) => {
      // Too late: it was given up in the meantime.
      if (own !== present) return dropIt()
      drop = dropIt
      return opened()
    }
    open(lose).then(take, lose)
  }
  function leave(): void {
    present++
    drop?.()
    drop = null
  }
  function renew(): void {
    leave()
    lost()
    clearTimeout(timer)
    timer = setTimeout(start, AGAIN)
    timer.unref()
  }

  start()
  return {
    renew,
    close() {
      clearTimeout(timer)
      leave()
    },
  }
}
