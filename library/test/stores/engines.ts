import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import type { Store } from '../../src/core/store.ts'
import { postgresFor } from '../../../scripts/postgres.mjs'
import { redisFor } from '../../../scripts/redis.mjs'
import { openSqlite, temporaryFile } from './sqlite-file.ts'

/** Where a store is, in words that another process understands. */
export interface Place {
  kind: 'SQLite' | 'PostgreSQL' | 'Redis'
  /** Path or address. */
  at: string
  /** What is stored there under this name is apart from all other. */
  name: string
}

export interface Opened {
  store: Store
  /** Everything that is stored, as text. */
  dump(): Promise<string>
  close(): Promise<void>
}

/** A connection of its own, as another process has. Queries that are not answered within the limit (milliseconds) are given up. */
export async function openStore({ kind, at, name }: Place, timeLimit = 5000): Promise<Opened> {
  if (kind === 'SQLite') {
    const { database, store } = openSqlite(at)
    const dump = async () =>
      JSON.stringify(database.prepare('SELECT *, hex(id) AS id FROM latchkey_session').all())
    return { store, dump, close: async () => database.close() }
  }
  if (kind === 'PostgreSQL') {
    // Only where it is used: another process of a test starts sooner without the clients of other engines.
    const { openPostgres } = await import('./postgres-clients.ts')
    const { store, query, close } = await openPostgres('pg.Pool', at, name, { timeLimit })
    await store.migrate()
    return {
      store,
      dump: async () => JSON.stringify(await query('SELECT * FROM latchkey_session')),
      close,
    }
  }
  const { openRedis } = await import('./redis-clients.ts')
  const { store, send, close } = await openRedis('ioredis', at, { prefix: `${name}:`, timeLimit })
  const dump = async () => {
    const keys = (await send('KEYS', `${name}:*`)) as string[]
    return JSON.stringify([
      keys,
      await Promise.all(
        keys.map(async (key) =>
          key.includes(':session:') ? send('HGETALL', key) : send('ZRANGE', key, '0', '-1'),
        ),
      ),
    ])
  }
  return { store, dump, close }
}

/** An engine that a test can treat badly. */
export interface Engine {
  kind: Place['kind']
  place(): Place
  /** Ends it as a power cut does. */
  kill(): Promise<void>
  /** Ends it as an administrator does. */
  end(): Promise<void>
  start(): Promise<void>
  /** It takes what is sent and answers nothing, until `resume`. */
  pause(): void
  resume(): void
  /** Copies its data away while it does not run, and puts them back. */
  backUp(): void
  restore(): void
  stop(): Promise<unknown>
}

let names = 0
const newName = (): string => `t${process.pid}_${++names}`

export async function startPostgres(suite: string): Promise<Engine | null> {
  const engine = await postgresFor(suite)
  if (engine === null) return null
  return {
    kind: 'PostgreSQL',
    place: () => ({ kind: 'PostgreSQL', at: engine.url, name: newName() }),
    kill: async () => engine.end('SIGKILL'),
    end: async () => engine.end(),
    start: async () => engine.start(),
    pause: () => engine.each('SIGSTOP'),
    resume: () => engine.each('SIGCONT'),
    ...copies(engine.data),
    stop: async () => engine.stop(),
  }
}

export async function startRedis(suite: string): Promise<Engine | null> {
  const engine = await redisFor(suite)
  if (engine === null) return null
  return {
    kind: 'Redis',
    place: () => ({ kind: 'Redis', at: engine.url, name: newName() }),
    kill: async () => engine.end('SIGKILL'),
    end: async () => engine.end(),
    start: async () => engine.start(),
    pause: () => void engine.signal('SIGSTOP'),
    resume: () => void engine.signal('SIGCONT'),
    ...copies(engine.data),
    stop: async () => engine.stop(),
  }
}

/** With their owners, whom the engine insists on. */
function copies(data: string): Pick<Engine, 'backUp' | 'restore'> {
  const copy = `${data}.backup`
  const run = (command: string, ...args: string[]) => void execFileSync(command, args)
  return {
    backUp: () => run('cp', '-a', data, copy),
    restore() {
      rmSync(data, { recursive: true })
      run('mv', copy, data)
    },
  }
}

/** Places where one suite's processes meet: a SQLite file, and the engines that there are. */
export function sqlitePlace(): { place(): Place; [Symbol.dispose](): void } {
  const file = temporaryFile()
  return {
    place: () => ({ kind: 'SQLite', at: `${file.path}.${newName()}`, name: '' }),
    [Symbol.dispose]: () => file[Symbol.dispose](),
  }
}
