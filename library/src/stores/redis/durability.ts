import { notDurableError } from '../not-durable.ts'
import type { Send } from './client.ts'

/** Settings that a node needs to keep every write that it has acknowledged. */
const REQUIRED: ReadonlyArray<[setting: string, value: string, consequence: string]> = [
  ['appendonly', 'yes', 'a restart would sign users out and bring back ended sessions'],
  ['appendfsync', 'always', 'a power cut would lose sign-ins and bring back ended sessions'],
  ['maxmemory-policy', 'noeviction', 'full memory would sign users out'],
]

/** Throws if the settings of a node allow it to lose acknowledged writes, or cannot be read. */
export async function checkDurable(node: Send): Promise<void> {
  for (const [setting, required, consequence] of REQUIRED) {
    const value = await readSetting(node, setting)
    if (value === required) continue
    const found =
      value === null ? `does not allow ${setting} to be read` : `runs with ${setting} = ${value}`
    throw notDurableError(
      `Redis ${found}, but needs ${setting} = ${required}: otherwise ${consequence}. ` +
        'Change the setting. If the service keeps its data in another way, or you accept the ' +
        'loss, pass { dangerouslyNotDurable: true } to redisStore',
    )
  }
}

/** Null if the server does not allow it, as many managed services do. */
async function readSetting(node: Send, setting: string): Promise<string | null> {
  try {
    const [, value] = pairs(await node(undefined, ['CONFIG', 'GET', setting]))
    return typeof value === 'string' ? value : null
  } catch (cause) {
    if (NOT_ALLOWED.test((cause as Error).message)) return null
    throw cause
  }
}

const NOT_ALLOWED = /^(?:NOPERM|ERR unknown|ERR .*not (?:allowed|supported|available))/i

/** Names and values in turn. RESP2 replies with an array, RESP3 with a map. */
function pairs(reply: unknown): unknown[] {
  if (Array.isArray(reply)) return reply
  return (reply instanceof Map ? [...reply] : Object.entries(reply ?? {})).flat()
}
