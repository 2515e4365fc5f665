/** Frameworks that are too old for an adapter. */
import type { FastifyInstance } from 'fastify'
import { createAuth } from 'latchkey'
import { routes } from 'latchkey/fastify'
import { memoryStore } from 'latchkey/stores/memory'
import { expect, test } from 'vitest'

test('Fastify 3: the routes are refused at start, with the version that is needed', async () => {
  const auth = createAuth({
    secret: crypto.randomUUID() + crypto.randomUUID(),
    store: memoryStore(),
  })
  const old = 'fastify-3'
  const { fastify } = (await import(old)) as { fastify: () => FastifyInstance }
  const app = fastify()
  void app.register(routes(auth))
  await expect(app.ready()).rejects.toThrow('latchkey/fastify needs Fastify 4 or later, not 3.29.5')
})
