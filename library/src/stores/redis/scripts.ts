import { createHash } from 'node:crypto'
import type { Send } from './client.ts'

/**
 * Lua scripts. Each uses one key, so that a cluster can keep sessions on any of its nodes. A
 * session is live while its `endedAt` is absent. Lifetimes are in milliseconds.
 */
const TEXTS = {
  /**
   * KEYS: session. ARGV: lifetime, then alternating fields and values. Returns 0 if the key exists.
   */
  create: `
    if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
    redis.call('HSET', KEYS[1], unpack(ARGV, 2))
    redis.call('PEXPIRE', KEYS[1], ARGV[1])
    return 1`,

  /**
   * KEYS: session. ARGV: expected generation, expected issuedAt; generation, attempt, issuedAt,
   * idleEndsAt, device, lifetime. Returns 1 if it was rotated.
   */
  rotate: `
    local row = redis.call('HMGET', KEYS[1], 'generation', 'issuedAt', 'endedAt')
    if row[1] ~= ARGV[1] or row[2] ~= ARGV[2] or row[3] then return 0 end
    redis.call('HSET', KEYS[1], 'generation', ARGV[3], 'attempt', ARGV[4], 'used', '0',
      'issuedAt', ARGV[5], 'idleEndsAt', ARGV[6], 'device', ARGV[7])
    redis.call('PEXPIRE', KEYS[1], ARGV[8])
    return 1`,

  /**
   * KEYS: session. ARGV: expected generation, issuedAt, idleEndsAt, lifetime. Returns 1 if it was
   * extended. Concurrent calls may arrive out of order: instants never move back.
   */
  extend: `
    local row = redis.call('HMGET', KEYS[1], 'generation', 'issuedAt', 'idleEndsAt', 'endedAt')
    if row[1] ~= ARGV[1] or row[4] then return 0 end
    if tonumber(ARGV[2]) > tonumber(row[2]) then
      redis.call('HSET', KEYS[1], 'issuedAt', ARGV[2])
    end
    if tonumber(ARGV[3]) > tonumber(row[3]) then
      redis.call('HSET', KEYS[1], 'idleEndsAt', ARGV[3])
      redis.call('PEXPIRE', KEYS[1], ARGV[4])
    end
    return 1`,

  /** KEYS: session. ARGV: expected generation. */
  markUsed: `
    local row = redis.call('HMGET', KEYS[1], 'generation', 'endedAt')
    if row[1] == ARGV[1] and not row[2] then redis.call('HSET', KEYS[1], 'used', '1') end
    return 1`,

  /**
   * KEYS: session. ARGV: endedAt, endReason, endDetails, lifetime, channel, message. Returns the
   * identity and createdAt if the session was ended, 0 if it had ended before, -1 if there is none.
   */
  end: `
    local row = redis.call('HMGET', KEYS[1], 'identity', 'endedAt', 'createdAt')
    if not row[1] then return -1 end
    if row[2] then return 0 end
    redis.call('HSET', KEYS[1], 'endedAt', ARGV[1], 'endReason', ARGV[2], 'endDetails', ARGV[3])
    redis.call('PEXPIRE', KEYS[1], ARGV[4])
    -- Of a user who may not publish: the others then learn of the end by polling.
    redis.pcall('PUBLISH', ARGV[5], ARGV[6])
    return {row[1], row[3]}`,

  /**
   * KEYS: index of an identity. ARGV: createdAt, session id, lifetime, instant. Adds the id to the
   * index. Returns up to ten ids that were created before the instant.
   */
  addToIdentity: `
    redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2])
    if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then
      redis.call('PEXPIRE', KEYS[1], ARGV[3])
    end
    return redis.call('ZRANGE', KEYS[1], '-inf', ARGV[4], 'BYSCORE', 'LIMIT', '0', '10')`,

  /**
   * `afterTry` of core/tries.ts. KEYS: counter. ARGV: now; then the rule: free, first delay,
   * longest delay, limit, forget after. Returns whether the try was taken, tries, blockedUntil,
   * knownUntil.
   */
  takeTry: `
    local row = redis.call('HMGET', KEYS[1], 'tries', 'blockedUntil', 'knownUntil', 'expiresAt')
    local now, free, limit = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[5])
    local forget = tonumber(ARGV[6])
    if not row[1] or tonumber(row[4]) <= now then row = {'0', '0', '0'} end
    if tonumber(row[2]) > now then return {0, row[1], row[2], row[3]} end
    local tries = tonumber(row[1]) + 1
    local delay = 0
    if tries >= limit then delay = forget
    elseif tries >= free then
      delay = math.min(tonumber(ARGV[3]) * 2 ^ math.min(tries - free, 40), tonumber(ARGV[4]))
    end
    local blocked = string.format('%.0f', now + delay)
    local lifetime = math.max(forget, tonumber(row[3]) - now)
    redis.call('HSET', KEYS[1], 'tries', tries, 'blockedUntil', blocked, 'knownUntil', row[3],
      'expiresAt', string.format('%.0f', now + lifetime))
    redis.call('PEXPIRE', KEYS[1], string.format('%.0f', lifetime))
    return {1, tostring(tries), blocked, row[3]}`,

  /** KEYS: counter. ARGV: tries, blockedUntil. */
  giveBackTries: `
    local row = redis.call('HMGET', KEYS[1], 'tries', 'blockedUntil')
    if not row[1] then return 0 end
    redis.call('HSET', KEYS[1], 'tries', math.max(0, tonumber(row[1]) - tonumber(ARGV[1])))
    if row[2] == ARGV[2] then redis.call('HSET', KEYS[1], 'blockedUntil', '0') end
    return 1`,

  /** KEYS: counter. ARGV: knownUntil, lifetime. */
  markKnown: `
    redis.call('HSET', KEYS[1], 'tries', '0', 'blockedUntil', '0', 'knownUntil', ARGV[1],
      'expiresAt', ARGV[1])
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
    return 1`,
} as const

export type ScriptName = keyof typeof TEXTS

const SCRIPTS = Object.fromEntries(
  Object.entries(TEXTS).map(([name, text]) => [
    name,
    { text, sha1: createHash('sha1').update(text).digest('hex') },
  ]),
) as Record<ScriptName, { text: string; sha1: string }>

/**
 * Runs a script by its SHA-1, and by its text if the server does not have it, as after a restart.
 */
export async function runScript(
  send: Send,
  script: ScriptName,
  key: string,
  values: string[],
): Promise<unknown> {
  const { sha1, text } = SCRIPTS[script]
  try {
    return await send(key, ['EVALSHA', sha1, '1', key, ...values])
  } catch (cause) {
    if (!(cause as Error).message.startsWith('NOSCRIPT')) throw cause
    return send(key, ['EVAL', text, '1', key, ...values])
  }
}
