import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import type { Store } from '../../src/core/store.ts'
import { postgresFor } from '../../../scripts/postgres.mjs'
import { redisFor } from '../../../scripts/redis.mjs'
import { openSqlite, temporaryFile } from './sqlite-file.ts'

/** How to reach a store; can be passed to another process. */
export interface StoreAddress {
  kind: 'SQLite' | 'PostgreSQL' | 'Redis'
  /** Path of a file or URL of a server. */
  location: string
  /** Schema or key prefix that keeps the data of one test apart from others. */
  namespace: string
}

export interface Opened {
  store: Store
  /** All stored data as text. */
  dump(): Promise<string>
  close(): Promise<void>
}

/**
 * Opens a store with a connection of its own, as another process does. `timeLimit` is the store's,
 * in milliseconds.
 */
export async function openStore(
  { kind, location, namespace }: StoreAddress,
  timeLimit = 5000,
): Promise<Opened> {
  if (kind === 'SQLite') {
    const { database, store } = openSqlite(location)
    const dump = async () =>
      JSON.stringify(database.prepare('SELECT *, hex(id) AS id FROM latchkey_session').all())
    return { store, dump, close: async () => database.close() }
  }
  if (kind === 'PostgreSQL') {
    // Imported on use: child processes start faster without the clients of other engines.
    const { openPostgres } = await import('./postgres-clients.ts')
    const { store, query, close } = await openPostgres('pg.Pool', location, namespace, {
      timeLimit,
    })
    await store.migrate()
    return {
      store,
      dump: async () => JSON.stringify(await query('SELECT * FROM latchkey_session')),
      close,
    }
  }
  const { openRedis } = await import('./redis-clients.ts')
  const { store, send, close } = await openRedis('ioredis', location, {
    prefix: `${namespace}:`,
    timeLimit,
  })
  const dump = async () => {
    const keys = (await send('KEYS', `${namespace}:*`)) as string[]
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

/** A database server that a test can stop, pause and restore. */
export interface Engine {
  kind: StoreAddress['kind']
  /** An address with a new namespace. */
  newAddress(): StoreAddress
  /** Kills the processes, as a crash does. */
  kill(): Promise<void>
  /** Shuts it down in order. */
  shutDown(): Promise<void>
  start(): Promise<void>
  /** Stops responding until `resume`, with connections open. */
  pause(): void
  resume(): void
  /** Copies the data while the server is stopped, and puts the copy back. */
  backUp(): void
  restore(): void
  stop(): Promise<unknown>
}

let namespaces = 0
const newNamespace = (): string => `t${process.pid}_${++namespaces}`

export async function startPostgres(suite: string): Promise<Engine | null> {
  const engine = await postgresFor(suite)
  if (engine === null) return null
  return {
    kind: 'PostgreSQL',
    newAddress: () => ({
      kind: 'PostgreSQL',
      location: engine.url,
      namespace: newNamespace(),
    }),
    kill: async () => engine.end('SIGKILL'),
    shutDown: async () => engine.end(),
    start: async () => engine.start(),
    pause: () => engine.each('SIGSTOP'),
    resume: () => engine.each('SIGCONT'),
    ...backups(engine.data),
    stop: async () => engine.stop(),
  }
}

export async function startRedis(suite: string): Promise<Engine | null> {
  const engine = await redisFor(suite)
  if (engine === null) return null
  return {
    kind: 'Redis',
    newAddress: () => ({ kind: 'Redis', location: engine.url, namespace: newNamespace() }),
    kill: async () => engine.end('SIGKILL'),
    shutDown: async () => engine.end(),
    start: async () => engine.start(),
    pause: () => void engine.signal('SIGSTOP'),
    resume: () => void engine.signal('SIGCONT'),
    ...backups(engine.data),
    stop: async () => engine.stop(),
  }
}

/** Copies keep the owner of the files, which the server requires. */
function backups(data: string): Pick<Engine, 'backUp' | 'restore'> {
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

/** Addresses of SQLite databases in a temporary folder. */
export function sqliteAddresses(): {
  newAddress(): StoreAddress
  [Symbol.dispose](): void
} {
  const file = temporaryFile()
  return {
    newAddress: () => ({
      kind: 'SQLite',
      location: `${file.path}.${newNamespace()}`,
      namespace: '',
    }),
    [Symbol.dispose]: () => file[Symbol.dispose](),
  }
}
