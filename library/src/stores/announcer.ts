import type { Feed, Revocation, Store } from '../core/store.ts'

/** Tells the process's own listeners of each session that ends; what `Store.subscribe` is for a store within one process. */
export function announcer(): { announce(revocation: Revocation): void; subscribe: Store['subscribe'] } {
  const feeds = new Set<Feed>()
  return {
    announce: (revocation) => feeds.forEach((feed) => feed.ended(revocation)),
    subscribe(feed) {
      feeds.add(feed)
      return () => void feeds.delete(feed)
    },
  }
}
