import { randomBytes } from 'node:crypto'
import { isSetupError, SetupError } from '../../core/setup-error.ts'
import type { ListRange, Session } from '../../core/store.ts'
import { warnOfClock } from '../clock.ts'
import { NOT_DURABLE } from '../not-durable.ts'
import type { RedisConnection } from './client.ts'
import type { Commands } from './commands.ts'
import { endedSince, endSessions } from './ended-sessions.ts'
import { listSessions } from './lists.ts'
import { createSession, extendSession, markUsed, rotateSession } from './sessions.ts'
import { clearTries, giveBackTries, takeTry } from './tries.ts'

/**
 * Checks the settings of the engine, and the rights of the user by doing once what the store does.
 */
export async function migrate(connection: RedisConnection, commands: Commands): Promise<void> {
  await commands.checkDurable().catch((cause: unknown) => {
    throw isSetupError(cause) || isNotDurable(cause) ? cause : unreachableError(cause)
  })
  await checkClock(connection)
  await checkRights(commands)
  await checkChannel(commands)
}

const isNotDurable = (cause: unknown): boolean => (cause as { code?: unknown }).code === NOT_DURABLE

const unreachableError = (cause: unknown): Error =>
  new Error(
    `redisStore: Redis cannot be used (${(cause as Error).message}): check that it runs, ` +
      'that the client is connected, and its address, user and password',
    { cause },
  )

async function checkClock(connection: RedisConnection): Promise<void> {
  try {
    const [[node]] = [await connection.primaries()]
    const [seconds] = (await node!(undefined, ['TIME'])) as unknown[]
    warnOfClock('Redis', Number(seconds) * 1000)
  } catch {
    // The user may not ask for the time.
  }
}

/** The life of a session and of a counter, on keys that nobody else knows. */
async function checkRights(commands: Commands): Promise<void> {
  const id = randomBytes(16).toString('base64url')
  const now = Date.now()
  const session = probe(id, now)
  const rule = { free: 1, firstDelay: 1, maxDelay: 1, limit: 2, forgetAfter: 1000 }
  const next = { generation: 1, attempt: null, issuedAt: now, idleEndsAt: now + 1000, device: {} }
  try {
    await createSession(commands, session)
    await markUsed(commands, [{ sessionId: id, generation: 0 }])
    await rotateSession(commands, id, session, next)
    await extendSession(commands, id, 1, next)
    await listSessions(commands, session.identity, PROBE_LIST)
    await endSessions(commands, [id], { at: now, reason: 'signed-out', details: null }, () => {})
    await takeTry(commands, id, rule, now)
    await giveBackTries(commands, id, 1, now)
    await clearTries(commands, id, 0, now)
    await commands.run('SET', commands.claimedKey(id), '1', 'NX', 'PX', '1')
    await endedSince(commands, now)
  } catch (cause) {
    await removeProbe(commands, session).catch(() => {})
    throw cause
  }
  await removeProbe(commands, session)
}

async function removeProbe(commands: Commands, { id, identity }: Session): Promise<void> {
  await commands.run('DEL', commands.sessionKey(id))
  await commands.run('DEL', commands.identityKey(identity))
  await commands.run('ZREM', commands.endedKey, id)
}

const PROBE_LIST: ListRange = { ended: false, order: 'newest-first', limit: 1, after: null }

const probe = (id: string, now: number): Session => ({
  id,
  identity: `latchkey-check-${id}`,
  generation: 0,
  attempt: null,
  used: false,
  issuedAt: now,
  createdAt: now,
  idleEndsAt: now + 1000,
  endsAt: now + 1000,
  rotates: true,
  claims: {},
  device: {},
  end: null,
})

/** Without this right the store works, and other processes learn of ends a little later. */
async function checkChannel(commands: Commands): Promise<void> {
  try {
    await commands.publish(commands.channel)
  } catch (cause) {
    if (!(cause instanceof SetupError)) throw cause
    process.emitWarning(
      `redisStore: ${(cause.cause as Error).message}: other processes learn of ended sessions by ` +
        `polling. For notifications, give the user the channels: &${commands.channel} and heartbeat`,
      'LatchkeyWarning',
    )
  }
}
