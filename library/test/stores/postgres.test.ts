import { storeContract } from 'latchkey/testing'
import { afterAll, describe, test } from 'vitest'
import { postgresFor } from '../../../scripts/postgres.mjs'
import { CLIENTS, newSchema, openPostgres } from './postgres-schema.ts'

const engine = await postgresFor('the store for PostgreSQL')
afterAll(async () => engine?.stop())

describe.skipIf(engine === null).each(CLIENTS)('PostgreSQL over %s', (client) => {
  storeContract({
    test,
    durable: true,
    async makeStore() {
      const schema = newSchema()
      let open = await openPostgres(client, engine!.url, schema)
      await open.store.migrate()
      return {
        store: open.store,
        async reopen() {
          await open.close()
          open = await openPostgres(client, engine!.url, schema)
          return open.store
        },
        close: async () => open.close(),
      }
    },
  })
})
