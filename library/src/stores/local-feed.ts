import type { RevocationListener, Revocation, Store } from '../core/store.ts'

/** Tells the process's own listeners of each session that ends, and whether those of other processes are heard. */
export interface LocalFeed {
  announce(revocation: Revocation): void
  /** Each feed is told a change once; one that comes later is told how it stands. */
  announceState(isUp: boolean): void
  subscribe: Store['subscribe']
}

export function localFeed(): LocalFeed {
  const feeds = new Set<RevocationListener>()
  let up = false
  return {
    announce: (revocation) => feeds.forEach((feed) => feed.ended(revocation)),
    announceState(isUp) {
      if (isUp === up) return
      up = isUp
      feeds.forEach((feed) => (up ? feed.connected() : feed.disconnected()))
    },
    subscribe(feed) {
      feeds.add(feed)
      if (up) feed.connected()
      return () => void feeds.delete(feed)
    },
  }
}
