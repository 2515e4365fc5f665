import type { Handler } from '../request.ts'

export type Method = 'GET' | 'POST' | 'DELETE'

/** Routes by path, as Hono writes it, and method. */
export type Routes = Readonly<Record<string, Readonly<Partial<Record<Method, Handler>>>>>
