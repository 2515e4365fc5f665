import { afterAll, describe, onTestFinished } from 'vitest'
import { postgresFor } from '../../../scripts/postgres.mjs'
import type { Data } from '../../src/data/data.ts'
import { openData } from '../../src/data/open.ts'
import { runOn } from '../postgres-client.ts'
import { configOf, temporaryFolder } from '../server.ts'

/** Opens an empty database. It is closed after the test. */
export type OpenEmpty = () => Promise<Data>

/** Milliseconds since 1970. */
export const NOW = Date.UTC(2026, 5, 1, 12)

/** Defines the same tests for SQLite and for a real PostgreSQL. Call it once in a file. */
export async function describeOnEachEngine(
  name: string,
  tests: (openEmpty: OpenEmpty) => void,
): Promise<void> {
  const postgres = await postgresFor(name)
  afterAll(async () => postgres?.stop())
  let databases = 0
  const open = async (env: Record<string, string>): Promise<Data> => {
    const config = configOf({ LATCHKEY_DATA: temporaryFolder(), ...env })
    const { data } = await openData({ config, now: () => NOW })
    onTestFinished(async () => void (await data.close()))
    return data
  }
  describe(`${name}: SQLite`, () => tests(async () => open({})))
  describe.skipIf(postgres === null)(`${name}: PostgreSQL`, () =>
    tests(async () => {
      const database = `d${++databases}`
      await runOn(postgres!.url, `CREATE DATABASE ${database}`)
      return open({ DATABASE_URL: postgres!.url.replace(/postgres$/, database) })
    }),
  )
}
