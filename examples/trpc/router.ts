import { initTRPC } from '@trpc/server'
import type { Order } from '../pages/api.ts'

const { procedure, router } = initTRPC.context<{ identity: string }>().create()

export const appRouter = router({
  order: procedure
    .input((input) => Number(input))
    .query(({ input: id, ctx: { identity } }): Order => ({ id, of: identity })),
})

export type AppRouter = typeof appRouter
