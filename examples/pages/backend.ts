/** The server of the pages: orders over REST, GraphQL and tRPC, behind a guard. */
import { fetchRequestHandler } from '@trpc/server/adapters/fetch'
import { buildSchema, graphql } from 'graphql'
import { Hono } from 'hono'
import { createAuth, type AuthOptions } from 'latchkey'
import { getAuth, guard, routes } from 'latchkey/hono'
import { memoryStore } from 'latchkey/stores/memory'
import { isPasswordOf } from '../quickstart/users.ts'
import { appRouter } from '../trpc/router.ts'
import type { Order } from './api.ts'

const SCHEMA = buildSchema(
  'type Order { id: Int! of: String! } type Query { order(id: Int!): Order! }',
)

export function createBackend(options: AuthOptions) {
  const auth = createAuth({ store: memoryStore(), ...options })
  const app = new Hono()
  app.use(
    routes(auth, {
      signIn: ({ username, password }) =>
        isPasswordOf(username, password) ? String(username) : null,
    }),
  )
  for (const path of ['/orders/*', '/files', '/graphql', '/trpc/*']) app.use(path, guard(auth))

  app.get('/orders/:id', (context) =>
    context.json<Order>({ id: Number(context.req.param('id')), of: getAuth(context).identity }),
  )
  app.post('/files', async (context) => {
    const file = (await context.req.formData()).get('file')
    return context.json({ bytes: file instanceof Blob ? file.size : 0 })
  })
  app.post('/graphql', async (context) => {
    const { query, variables } = await context.req.json<{
      query: string
      variables: Record<string, unknown>
    }>()
    const rootValue = {
      order: ({ id }: { id: number }): Order => ({ id, of: getAuth(context).identity }),
    }
    return context.json(
      await graphql({ schema: SCHEMA, source: query, rootValue, variableValues: variables }),
    )
  })
  app.all('/trpc/*', (context) => {
    const { identity } = getAuth(context)
    return fetchRequestHandler({
      endpoint: '/trpc',
      req: context.req.raw,
      router: appRouter,
      createContext: () => ({ identity }),
    })
  })
  return { app, auth }
}
