import type { Feed, Revocation, Store } from '../core/store.ts'

/** Tells the process's own listeners of each session that ends, and whether those of other processes are heard. */
export interface Announcer {
  announce(revocation: Revocation): void
  /** Each feed is told a change once; one that comes later is told how it stands. */
  announceState(isUp: boolean): void
  subscribe: Store['subscribe']
}

export function announcer(): Announcer {
  const feeds = new Set<Feed>()
  let up = false
  return {
    announce: (revocation) => feeds.forEach((feed) => feed.ended(revocation)),
    announceState(isUp) {
      if (isUp === up) return
      up = isUp
      feeds.forEach((feed) => (up ? feed.up() : feed.down()))
    },
    subscribe(feed) {
      feeds.add(feed)
      if (up) feed.up()
      return () => void feeds.delete(feed)
    },
  }
}
