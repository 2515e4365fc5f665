import { readFileSync } from 'node:fs'
import type { End, Rotation, Session, Store } from '../core/store.ts'
import { notificationsOf, uniqueName } from './notifications.ts'
import { batch } from './batch.ts'
import { connectionsOf, type PostgresClient } from './postgres/client.ts'
import {
  arraysOf,
  deviceOf,
  endOf,
  rowOf,
  sessionOf,
  type Row,
  type Value,
} from './postgres/row.ts'
import { CHANNEL, PRUNED_AT_ONCE, SQL, type Verb } from './postgres/sql.ts'
import { notDurable } from './not-durable.ts'
import { readOptions } from './options.ts'

export type { PgClient, PostgresClient, PostgresJs } from './postgres/client.ts'

export interface PostgresStoreOptions {
  /** Milliseconds after which a call that was not answered is refused; 5000. */
  timeLimit?: number
  /** False where a pooler between here and the engine knows no prepared statements; true. */
  prepare?: boolean
  /** Accepts an engine that runs with `fsync = off`: a power cut may corrupt it, and bring back sessions that were ended. */
  dangerouslyNotDurable?: boolean
}

export interface PostgresStore extends Store {
  /** Creates the tables and indexes that are missing. Any number of processes may call it at once; call it before the first use. */
  migrate(): Promise<void>
  /** Gives back the connection that hears of ended sessions. Call it before you end the client, which is yours. */
  close(): void
}

/** What a statement is asked about one session, in the order of its columns. */
type Item = [id: string, ...values: Value[]]

const ENGINE = 'PostgreSQL'

/** Two lanes, because one of them waits for the disk; calls that come in the meantime go together. */
const GATHERED = { most: 500, lanes: 2, waiting: 10_000 }
const SINGLE = { most: 1, lanes: 4, waiting: 1000 }

/** Sessions in PostgreSQL, over a client that the caller opens and closes. */
export function postgresStore(
  client: PostgresClient,
  options: PostgresStoreOptions = {},
): PostgresStore {
  const { timeLimit, prepare, dangerouslyNotDurable } = readOptions<Required<PostgresStoreOptions>>(
    'postgresStore',
    options,
    { timeLimit: 5000, prepare: true, dangerouslyNotDurable: false },
  )
  const connections = connectionsOf(client, { prepare, timeLimit })
  const run = async (verb: Verb, ...values: unknown[]) =>
    connections.query(`latchkey_${verb}`, SQL[verb], values)
  const single = batch<() => Promise<unknown[][]>, unknown[][]>(
    ENGINE,
    { ...SINGLE, timeLimit },
    async ([work]) => [await work!()],
  )
  const alone = async (verb: Verb, ...values: unknown[]) => single(async () => run(verb, ...values))
  const together = <T, R>(send: (items: T[]) => Promise<R[]>) =>
    batch<T, R>(ENGINE, { ...GATHERED, timeLimit }, send, isOfOne)

  /** For statements that answer which of the items they changed. */
  const changing = <T>(verb: 'rotate' | 'markUsed' | 'end', itemOf: (item: T) => Item) =>
    together<T, boolean>(async (items) => {
      const asked = inOrder(items.map(itemOf))
      const changed = new Set(
        (await run(verb, ...arraysOf(asked.map(({ item }) => item)))).map(
          ([n]) => asked[Number(n) - 1]!.place,
        ),
      )
      return items.map((_, place) => changed.has(place))
    })

  const create = together<Session, boolean>(async (sessions) => {
    const made = new Set((await run('create', ...arraysOf(sessions.map(rowOf)))).map(([id]) => id))
    // Of two with one id the first was made.
    return sessions.map(({ id }) => made.delete(id))
  })
  const read = together<string, Session | null>(async (ids) => {
    const rows = new Map(
      (await run('read', ...arraysOf(ids.map((id) => [id])))).map((row) => [row[0], row as Row]),
    )
    return ids.map((id) => (rows.has(id) ? sessionOf(rows.get(id)!) : null))
  })
  const rotate = changing<[string, Pick<Session, 'generation' | 'issuedAt'>, Rotation]>(
    'rotate',
    rotationOf,
  )
  const markUsed = changing<{ sessionId: string; generation: number }>(
    'markUsed',
    ({ sessionId, generation }) => [sessionId, generation],
  )
  const end = changing<[string, End]>('end', ([id, end]) => [id, ...endOf(end)])
  const { announce, subscribe, close } = notificationsOf({
    channel: CHANNEL,
    beats: `latchkey_beat_${uniqueName()}`,
    listen: connections.listen,
    tell: async (channel) => alone('tell', channel, ''),
  })

  /** Statement after statement, each bounded, until nothing is left to prune. */
  async function pruneAll(verb: Verb, before: number): Promise<number> {
    for (let pruned = 0; ;) {
      const { length } = await alone(verb, before)
      pruned += length
      if (length < PRUNED_AT_ONCE) return pruned
    }
  }

  return {
    async migrate() {
      await connections.script(
        readFileSync(new URL('./schema/postgres.sql', import.meta.url), 'utf8'),
      )
      const [[fsync, arrayNulls] = []] = await run('settings')
      if (fsync === 'off' && !dangerouslyNotDurable) {
        throw notDurable(
          'PostgreSQL runs with fsync = off, so that a power cut could bring back ended sessions. Turn it on, or set "dangerouslyNotDurable".',
        )
      }
      // What we leave empty would be stored as the word.
      if (arrayNulls === 'off')
        throw new Error(
          'PostgreSQL runs with array_nulls = off, as for clients older than version 8.2: turn it on',
        )
    },
    async create(session) {
      if (!isStorable(session.identity))
        throw new TypeError(
          'PostgreSQL cannot store this identity: it holds a NUL or half a character',
        )
      if (!(await create(session))) throw new Error('a session with this id exists')
    },
    read: async (id) => (isStorable(id) ? read(id) : null),
    rotate: async (id, from, next) => isStorable(id) && rotate([id, from, next]),
    extend: async (id, generation, next) =>
      isStorable(id) &&
      (await alone('restart', id, generation, next.issuedAt, next.idleEndsAt)).length > 0,
    async markUsed(generations) {
      await Promise.all(generations.filter(({ sessionId }) => isStorable(sessionId)).map(markUsed))
    },
    async end(id, given) {
      const ended = isStorable(id) && (await end([id, given]))
      if (ended) announce({ sessionId: id, at: given.at })
      return ended
    },
    async endAll(identity, except, given) {
      if (!isStorable(identity)) return []
      const ids = (await alone('endAll', identity, except, ...endOf(given))).map(([id]) =>
        String(id),
      )
      for (const sessionId of ids) announce({ sessionId, at: given.at })
      return ids
    },
    list: async (identity) =>
      isStorable(identity) ? ((await alone('list', identity)) as Row[]).map(sessionOf) : [],
    endedSince: async (at) =>
      (await alone('endedSince', at)).map(([id, ended]) => ({
        sessionId: String(id),
        at: Number(ended),
      })),
    prune: async (before) =>
      (await pruneAll('pruneEnded', before)) + (await pruneAll('pruneIdle', before)),
    async claimOnce(key, until, now) {
      await alone('forget', now)
      return (await alone('once', key, until)).length > 0
    },
    subscribe,
    close,
  }
}

/** Each with its place. Two statements that want the same rows come to them in the same order, so that one waits for the other. */
function inOrder(items: readonly Item[]): Array<{ item: Item; place: number }> {
  return items
    .map((item, place) => ({ item, place }))
    .sort((one, other) => (one.item[0] < other.item[0] ? -1 : 1))
}

function rotationOf([id, from, next]: [
  string,
  Pick<Session, 'generation' | 'issuedAt'>,
  Rotation,
]): Item {
  return [
    id,
    from.generation,
    from.issuedAt,
    next.generation,
    next.attempt,
    next.issuedAt,
    next.idleEndsAt,
    deviceOf(next.device),
  ]
}

/** PostgreSQL knows no text with a NUL or with half a surrogate pair. */
const isStorable = (text: string): boolean => !/[\0\p{Surrogate}]/u.test(text)

/**
 * Data that the engine refuses (SQLSTATE classes 22 and 23) is the fault of one item, and a plan that came to the rows in another order
 * than somebody else's (40P01, a deadlock) cannot hurt a statement about one row.
 */
const isOfOne = (cause: unknown): boolean =>
  /^(?:2[23]|40P01)/.test(String((cause as { code?: unknown } | null)?.code))
