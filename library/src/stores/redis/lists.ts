import type { ListRange, Session } from '../../core/store.ts'
import { listStart } from '../lists.ts'
import type { Commands } from './commands.ts'
import { readSession } from './sessions.ts'

const DAY = 24 * 60 * 60 * 1000

/** Subtracted from the scores of ended sessions. In milliseconds: 3,168 years. */
const ENDED_OFFSET = 1e14

/**
 * The score of a session in the index of its identity: the instant of its creation, and below all
 * of those if it has ended. One key has both lists, each in its order.
 */
const listScore = (createdAt: number, ended: boolean): number =>
  ended ? createdAt - ENDED_OFFSET : createdAt

/** Moves a session to the list of those that have ended. */
export async function moveToEnded(
  commands: Commands,
  { identity, id, createdAt }: Pick<Session, 'identity' | 'id' | 'createdAt'>,
): Promise<void> {
  const score = `${listScore(createdAt, true)}`
  await commands.run('ZADD', commands.identityKey(identity), 'XX', score, id)
}

/** The ids of all live sessions, and of ended or expired ones if the index lags behind. */
export async function liveIds(commands: Commands, identity: string): Promise<string[]> {
  const key = commands.identityKey(identity)
  return (await commands.run('ZRANGE', key, '0', '+inf', 'BYSCORE')) as string[]
}

/**
 * Reads a page. The index may lag behind the sessions: a process died between two commands, or
 * sessions have expired. Ids that are met in the wrong list are moved or removed, so that the next
 * call does not meet them.
 */
export async function listSessions(
  commands: Commands,
  identity: string,
  range: ListRange,
): Promise<Session[]> {
  const found: Session[] = []
  const misplaced: Array<{ id: string; row: Session | null }> = []
  for (let offset = 0; found.length < range.limit; offset += range.limit) {
    const ids = await readIds(commands, identity, range, offset)
    const rows = await Promise.all(ids.map(async (id) => readSession(commands, id)))
    for (const [index, row] of rows.entries()) {
      const isListed = row?.identity === identity && (row.end !== null) === range.ended
      if (!isListed) misplaced.push({ id: ids[index]!, row })
      else if (isBehind(row, range)) found.push(row)
    }
    if (ids.length < range.limit) break
  }
  await Promise.all(misplaced.map(async ({ id, row }) => mendIndex(commands, identity, id, row)))
  return found.slice(0, range.limit)
}

/** The ids from the position on, including those that were created at the same instant. */
async function readIds(
  commands: Commands,
  identity: string,
  range: ListRange,
  offset: number,
): Promise<string[]> {
  const { ended, order, limit, after } = range
  const first = after === null ? null : `${listScore(after.createdAt, ended)}`
  const [lowest, highest] = ended ? ['-inf', '(0'] : ['0', '+inf']
  const direction =
    order === 'newest-first'
      ? [first ?? highest, lowest, 'BYSCORE', 'REV']
      : [first ?? lowest, highest, 'BYSCORE']
  const page = ['LIMIT', `${offset}`, `${limit}`]
  const key = commands.identityKey(identity)
  return (await commands.run('ZRANGE', key, ...direction, ...page)) as string[]
}

function isBehind({ createdAt, id }: Session, range: ListRange): boolean {
  const last = range.after ?? listStart(range)
  if (createdAt !== last.createdAt) return true
  return range.order === 'newest-first' ? id < last.id : id > last.id
}

/** Leaves ids whose sessions are missing because their creation is still in progress. */
async function mendIndex(
  commands: Commands,
  identity: string,
  id: string,
  row: Session | null,
): Promise<void> {
  if (row?.identity === identity) {
    if (row.end !== null) await moveToEnded(commands, row)
    return
  }
  const key = commands.identityKey(identity)
  const score = Number((await commands.run('ZSCORE', key, id)) ?? 0)
  if (score < Date.now() - DAY) await commands.run('ZREM', key, id)
}
