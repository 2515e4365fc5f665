import type { ListPosition, ListRange } from '../core/store.ts'

/** The position before the first session of a list; no session has an empty id. */
export const listStart = ({ order }: Pick<ListRange, 'order'>): ListPosition => ({
  createdAt: order === 'newest-first' ? Number.MAX_SAFE_INTEGER : Number.MIN_SAFE_INTEGER,
  id: '',
})

/** The name of the SQL statement that reads a list. */
export function listStatement({ ended, order }: Pick<ListRange, 'ended' | 'order'>) {
  const first = order === 'newest-first' ? 'Newest' : 'Oldest'
  return `list${first}${ended ? 'Ended' : 'Live'}` as const
}
