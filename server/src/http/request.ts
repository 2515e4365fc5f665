import { deviceOf, type RequestView } from 'latchkey'
import type { Device } from 'latchkey/protocol'
import { viewOf } from 'latchkey/hono'
import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import { problem, type Problem } from '../errors.ts'
import type { Services } from '../services.ts'
import { clientAddress } from './client-address.ts'

export type Env = { Bindings: HttpBindings }
export type RequestContext = Context<Env>
export type Handler = (context: RequestContext) => Response | Promise<Response>

type AddressServices = Pick<Services, 'config' | 'https'>

/**
 * Returns the network address of the client, or undefined if it is unknown. This server does not
 * speak https itself: if its origin is https and no proxy is trusted, every connection comes from a
 * proxy, and its address says nothing.
 */
export function addressOf(
  { config, https }: AddressServices,
  context: Context,
): string | undefined {
  if (https && config.trustProxy === 0) return undefined
  const { incoming } = context.env as Partial<HttpBindings>
  return clientAddress(
    incoming?.socket.remoteAddress,
    context.req.header('x-forwarded-for'),
    config.trustProxy,
  )
}

export const requestView = (services: AddressServices, context: Context): RequestView =>
  viewOf(context, { address: () => addressOf(services, context) })

export const requestDevice = (services: AddressServices, context: Context): Device =>
  deviceOf(requestView(services, context))

/**
 * Returns a refusal if another site sent the request. For routes that change something and take no
 * token, or one from a cookie.
 */
export function originProblem(services: Services, context: Context): Problem | null {
  const refusal = services.auth.checkOrigin(context)
  return refusal && problem(refusal.code)
}

/** Returns true for a navigation of a browser. Scripts and programs do not ask for HTML. */
export const wantsPage = (context: Context): boolean =>
  context.req.header('accept')?.includes('text/html') === true

/** Returns true for a form that a browser submits without script. */
export function isFormPost(context: Context): boolean {
  const type = context.req.header('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
  return (
    context.req.method === 'POST' &&
    type === 'application/x-www-form-urlencoded' &&
    wantsPage(context)
  )
}
