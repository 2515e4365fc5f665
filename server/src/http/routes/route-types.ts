import type { Handler } from '../request.ts'

export type Method = 'GET' | 'POST' | 'DELETE'

/** Handlers by path, in the syntax of Hono, and method. */
export type Routes = Readonly<Record<string, Readonly<Partial<Record<Method, Handler>>>>>
