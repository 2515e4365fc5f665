import type { End, Revocation, Session } from '../../core/store.ts'
import { inChunks, type Commands } from './commands.ts'
import { moveToEnded } from './lists.ts'
import { endToValues } from './row.ts'
import { readSession, RETENTION } from './sessions.ts'

/** Ended sessions that one step of `prune` reads. */
const PRUNE_LIMIT = 500

/**
 * Ends the live ones of these sessions, and returns their ids. Calls `ended` with each, also if
 * another one of them fails.
 *
 * The index of ended sessions is written first, and readers of it read the session as well. An id
 * in the index therefore means that the session may have ended, and no ended session is missing
 * from it, even if the process dies between two commands.
 */
export async function endSessions(
  commands: Commands,
  ids: string[],
  end: End,
  ended: (id: string) => void,
): Promise<string[]> {
  if (ids.length === 0) return []
  const { endedKey } = commands
  await commands.checkDurable()
  await commands.run('ZADD', endedKey, 'GT', ...ids.flatMap((id) => [`${end.at}`, id]))
  const outcomes = await Promise.allSettled(
    ids.map(async (id) => {
      const result = await endSession(commands, id, end)
      if (!Array.isArray(result)) return result
      ended(id)
      const [identity, createdAt] = result as [string, string]
      // Lists find what was not moved.
      await moveToEnded(commands, { identity, id, createdAt: Number(createdAt) }).catch(() => {})
      return 1
    }),
  )
  const results = outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  })
  const unknown = ids.filter((_, index) => results[index] === -1)
  if (unknown.length > 0) await commands.run('ZREM', endedKey, ...unknown)
  return ids.filter((_, index) => results[index] === 1)
}

async function endSession(commands: Commands, id: string, end: End): Promise<unknown> {
  const message = `${id} ${end.at}`
  return commands.runScript(
    'end',
    commands.sessionKey(id),
    ...endToValues(end),
    `${RETENTION}`,
    commands.channel,
    message,
  )
}

export async function endedSince(commands: Commands, since: number): Promise<Revocation[]> {
  const range = [`${since}`, '+inf', 'BYSCORE']
  const ids = (await commands.run('ZRANGE', commands.endedKey, ...range)) as string[]
  return inChunks(ids, async (chunk) => {
    const ends = await Promise.all(
      chunk.map(async (id) => commands.run('HGET', commands.sessionKey(id), 'endedAt')),
    )
    return chunk
      .map((sessionId, index) => ({ sessionId, at: ends[index] }))
      .filter(({ at }) => typeof at === 'string' && Number(at) >= since)
      .map(({ sessionId, at }) => ({ sessionId, at: Number(at) }))
  })
}

/**
 * Deletes sessions that ended before an instant. All sessions also expire by themselves: idle ones,
 * and ended ones after `RETENTION`.
 */
export async function prune(commands: Commands, before: number): Promise<number> {
  const range = ['-inf', `(${before}`, 'BYSCORE', 'LIMIT', '0', `${PRUNE_LIMIT}`]
  for (let total = 0; ;) {
    const ids = (await commands.run('ZRANGE', commands.endedKey, ...range)) as string[]
    if (ids.length === 0) return total
    const sessions = await Promise.all(ids.map(async (id) => readSession(commands, id)))
    const deleted = await Promise.all(
      sessions
        .filter((session) => session !== null)
        .filter(({ end }) => end !== null && end.at < before)
        .map(async (session) => deleteSession(commands, session)),
    )
    await commands.run('ZREM', commands.endedKey, ...ids)
    total += deleted.filter(Boolean).length
  }
}

async function deleteSession(commands: Commands, { id, identity }: Session): Promise<boolean> {
  await commands.run('ZREM', commands.identityKey(identity), id)
  return Number(await commands.run('DEL', commands.sessionKey(id))) === 1
}
