import type { ListPosition, Session, Store } from '../store.ts'

const PAGE = 500

/** All sessions of an identity without a stored end, the newest first, read in pages. */
export async function* liveSessions(
  store: Pick<Store, 'list'>,
  identity: string,
): AsyncGenerator<Session> {
  let after: ListPosition | null = null
  for (;;) {
    const page: Session[] = await store.list(identity, {
      ended: false,
      order: 'newest-first',
      limit: PAGE,
      after,
    })
    yield* page
    after = page.at(-1) ?? null
    if (page.length < PAGE) return
  }
}
