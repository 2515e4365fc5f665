import { storeContract } from 'latchkey/testing'
import { afterAll, describe, test } from 'vitest'
import { redisClusterFor, redisFor } from '../../../scripts/redis.mjs'
import { CLIENTS, newPrefix, openCluster, openRedis } from './redis-clients.ts'

const engine = await redisFor('the store for Redis')
const cluster = await redisClusterFor('the store for Redis Cluster')
afterAll(async () => {
  await engine?.stop()
  await cluster?.stop()
})

const OPEN = [
  ...CLIENTS.map((client) => [`Redis over ${client}`, engine, async (prefix: string) => openRedis(client, engine!.url, { prefix })] as const),
  ...CLIENTS.map((client) => [`Redis Cluster over ${client}`, cluster, async (prefix: string) => openCluster(client, cluster!.nodes, { prefix })] as const),
]
for (const [name, started, connect] of OPEN) {
  describe.skipIf(started === null)(name, () => {
    storeContract({
      test,
      durable: true,
      expires: true,
      async makeStore() {
        const prefix = newPrefix()
        let open = await connect(prefix)
        return {
          store: open.store,
          async reopen() {
            await open.close()
            open = await connect(prefix)
            return open.store
          },
          close: async () => open.close(),
        }
      },
    })
  })
}
