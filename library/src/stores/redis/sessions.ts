import type { Rotation, Session } from '../../core/store.ts'
import { inChunks, type Commands } from './commands.ts'
import { deviceToValue, FIELDS, sessionFromValues, sessionToFields } from './row.ts'

const DAY = 24 * 60 * 60 * 1000

/**
 * Milliseconds that a session stays in Redis after its end, so that its owner can see why it ended.
 * Other stores are pruned after the same time.
 */
export const RETENTION = 30 * DAY

/**
 * Milliseconds until a key that is needed until `end` expires. Computed from the instants of the
 * session: only the clock of the application counts.
 */
const lifetime = (end: number, now: number): string =>
  `${Math.max(0, Math.ceil(end - now)) + RETENTION}`

/**
 * Adds the id to the index of its identity first: every session that exists is found by `endAll`,
 * even if the process dies between two commands.
 */
export async function createSession(commands: Commands, session: Session): Promise<void> {
  await commands.checkDurable()
  const { id, createdAt, endsAt, issuedAt, idleEndsAt } = session
  const index = commands.identityKey(session.identity)
  const oldIds = (await commands.runScript(
    'addToIdentity',
    index,
    `${createdAt}`,
    id,
    lifetime(endsAt, createdAt),
    `${createdAt - DAY}`,
  )) as string[]
  const created = await commands.runScript(
    'create',
    commands.sessionKey(id),
    lifetime(idleEndsAt, issuedAt),
    ...sessionToFields(session),
  )
  if (created !== 1) throw new Error('a session with this id already exists')
  if (oldIds.length > 0) void removeExpired(commands, index, oldIds).catch(() => {})
}

/**
 * Removes the ids of expired sessions from an index. They must be old enough that their creation is
 * not still in progress.
 */
async function removeExpired(commands: Commands, index: string, ids: string[]): Promise<void> {
  const exists = await Promise.all(
    ids.map(async (id) => commands.run('EXISTS', commands.sessionKey(id))),
  )
  const expired = ids.filter((_, position) => Number(exists[position]) === 0)
  if (expired.length > 0) await commands.run('ZREM', index, ...expired)
}

export async function readSession(commands: Commands, id: string): Promise<Session | null> {
  const values = await commands.run('HMGET', commands.sessionKey(id), ...FIELDS)
  return sessionFromValues(id, values as Array<string | null>)
}

export async function rotateSession(
  commands: Commands,
  id: string,
  from: Pick<Session, 'generation' | 'issuedAt'>,
  { generation, attempt, issuedAt, idleEndsAt, device }: Rotation,
): Promise<boolean> {
  const rotated = await commands.runScript(
    'rotate',
    commands.sessionKey(id),
    `${from.generation}`,
    `${from.issuedAt}`,
    `${generation}`,
    attempt ?? '',
    `${issuedAt}`,
    `${idleEndsAt}`,
    deviceToValue(device),
    lifetime(idleEndsAt, issuedAt),
  )
  return rotated === 1
}

export async function extendSession(
  commands: Commands,
  id: string,
  generation: number,
  { issuedAt, idleEndsAt }: Pick<Session, 'issuedAt' | 'idleEndsAt'>,
): Promise<boolean> {
  const extended = await commands.runScript(
    'extend',
    commands.sessionKey(id),
    `${generation}`,
    `${issuedAt}`,
    `${idleEndsAt}`,
    lifetime(idleEndsAt, issuedAt),
  )
  return extended === 1
}

export async function markUsed(
  commands: Commands,
  generations: ReadonlyArray<{ sessionId: string; generation: number }>,
): Promise<void> {
  const mark = async ({ sessionId, generation }: (typeof generations)[number]) =>
    commands.runScript('markUsed', commands.sessionKey(sessionId), `${generation}`)
  await inChunks(generations, async (chunk) => Promise.all(chunk.map(mark)))
}
