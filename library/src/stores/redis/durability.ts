import { notDurable } from '../not-durable.ts'
import type { Send } from './client.ts'

/** What a node must be set to, so that it keeps what it has answered. */
const NEEDED: ReadonlyArray<[setting: string, value: string, why: string]> = [
  ['appendonly', 'yes', 'a restart would sign people out and bring back sessions that were ended'],
  [
    'appendfsync',
    'always',
    'a power cut would lose sign-ins and bring back sessions that were ended',
  ],
  ['maxmemory-policy', 'noeviction', 'a full memory would sign people out'],
]

/** Throws where a node would lose what it has answered, or does not say. */
export async function checkDurable(node: Send): Promise<void> {
  for (const [setting, value, why] of NEEDED) {
    const found = await readSetting(node, setting)
    if (found === value) continue
    const said =
      found === null ? `does not say what its ${setting} is` : `has ${setting} = ${found}`
    throw notDurable(
      `Redis ${said}, so that ${why}. Set it to ${value}; if the service keeps what it answers in another way, or you accept the loss, ` +
        'give redisStore the option "dangerouslyNotDurable".',
    )
  }
}

/** Null where it may not be read, as with many managed services. */
async function readSetting(node: Send, setting: string): Promise<string | null> {
  try {
    const answer = await node(undefined, ['CONFIG', 'GET', setting])
    // An array in the older protocol, a map in the newer one.
    const values: unknown[] =
      answer instanceof Map
        ? [...answer].flat()
        : Array.isArray(answer)
          ? answer
          : Object.entries(answer ?? {}).flat()
    return typeof values[1] === 'string' ? values[1] : null
  } catch (cause) {
    if (
      /^(?:NOPERM|ERR unknown|ERR .*not (?:allowed|supported|available))/i.test(
        (cause as Error).message,
      )
    )
      return null
    throw cause
  }
}
