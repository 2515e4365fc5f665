import { createHash } from 'node:crypto'
import type { Send } from './client.ts'

/** Each works on one key, so that a cluster can hold sessions on any number of nodes. A session whose `ended` is absent lives. */
const TEXTS = {
  /** KEYS session; ARGV life in milliseconds, then fields and values. */
  create: `
    if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
    redis.call('HSET', KEYS[1], unpack(ARGV, 2))
    redis.call('PEXPIRE', KEYS[1], ARGV[1])
    return 1`,

  /** KEYS session; ARGV generation and hand-out that it must have, then those of the rotation and its life. */
  rotate: `
    local row = redis.call('HMGET', KEYS[1], 'generation', 'handed', 'ended')
    if row[1] ~= ARGV[1] or row[2] ~= ARGV[2] or row[3] then return 0 end
    redis.call('HSET', KEYS[1], 'generation', ARGV[3], 'attempt', ARGV[4], 'used', '0', 'handed', ARGV[5], 'idle', ARGV[6], 'device', ARGV[7])
    redis.call('PEXPIRE', KEYS[1], ARGV[8])
    return 1`,

  /** KEYS session; ARGV generation that it must have, hand-out, idle end, life. Of two the later stays: a generation is never made older. */
  restart: `
    local row = redis.call('HMGET', KEYS[1], 'generation', 'handed', 'idle', 'ended')
    if row[1] ~= ARGV[1] or row[4] then return 0 end
    if tonumber(ARGV[2]) > tonumber(row[2]) then redis.call('HSET', KEYS[1], 'handed', ARGV[2]) end
    if tonumber(ARGV[3]) > tonumber(row[3]) then
      redis.call('HSET', KEYS[1], 'idle', ARGV[3])
      redis.call('PEXPIRE', KEYS[1], ARGV[4])
    end
    return 1`,

  /** KEYS session; ARGV generation that it must have. */
  use: `
    local row = redis.call('HMGET', KEYS[1], 'generation', 'ended')
    if row[1] == ARGV[1] and not row[2] then redis.call('HSET', KEYS[1], 'used', '1') end
    return 1`,

  /** KEYS session; ARGV instant, reason, details, life from now on, channel, message. -1 where there is no such session. */
  end: `
    local row = redis.call('HMGET', KEYS[1], 'generation', 'ended')
    if not row[1] then return -1 end
    if row[2] then return 0 end
    redis.call('HSET', KEYS[1], 'ended', ARGV[1], 'reason', ARGV[2], 'details', ARGV[3])
    redis.call('PEXPIRE', KEYS[1], ARGV[4])
    redis.call('PUBLISH', ARGV[5], ARGV[6])
    return 1`,

  /** KEYS sessions of an identity; ARGV creation and id of one more, life. Answers ids that are older than ARGV[4], a few. */
  enlist: `
    redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2])
    if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
    return redis.call('ZRANGE', KEYS[1], '-inf', ARGV[4], 'BYSCORE', 'LIMIT', '0', '10')`,
} as const

export type Script = keyof typeof TEXTS

/** Text and SHA-1, by which the engine knows a script that it has seen. */
const SCRIPTS = Object.fromEntries(
  Object.entries(TEXTS).map(([name, text]) => [
    name,
    { text, sha: createHash('sha1').update(text).digest('hex') },
  ]),
) as Record<Script, { text: string; sha: string }>

/** By its SHA-1, and where the engine does not know it, such as after a restart, by its text. */
export async function runScript(
  send: Send,
  script: Script,
  key: string,
  values: string[],
): Promise<unknown> {
  const { sha, text } = SCRIPTS[script]
  try {
    return await send(key, ['EVALSHA', sha, '1', key, ...values])
  } catch (cause) {
    if (!(cause as Error).message.startsWith('NOSCRIPT')) throw cause
    return send(key, ['EVAL', text, '1', key, ...values])
  }
}
