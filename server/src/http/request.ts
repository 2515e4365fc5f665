import { deviceOf, type RequestView } from 'latchkey'
import type { Device } from 'latchkey/protocol'
import { viewOf } from 'latchkey/hono'
import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import { clientAddress } from './client-address.ts'
import { problem, type Problem } from '../errors.ts'
import type { Services } from '../services.ts'

export type Env = { Bindings: HttpBindings }
export type RequestContext = Context<Env>
export type Handler = (context: RequestContext) => Response | Promise<Response>

/**
 * The client's network address, behind as many proxies as the configuration says. This server does not speak https itself: where its
 * public address does, and no proxy is to be believed, every request comes from the same proxy, and nobody's address is known.
 */
export function addressOf(
  { config, https }: Pick<Services, 'config' | 'https'>,
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

export const view = (services: Pick<Services, 'config' | 'https'>, context: Context): RequestView =>
  viewOf(context, { address: () => addressOf(services, context) })

export const device = (services: Services, context: Context): Device =>
  deviceOf(view(services, context))

/** Why a changing request is refused as another site's; null where it may go on. For routes that take no token, or one from a cookie. */
export function originProblem(services: Services, context: Context): Problem | null {
  const refusal = services.auth.checkOrigin(context)
  return refusal && problem(refusal.code)
}

/** A browser that goes to an address asks for a page; scripts and other programs do not say so. */
export const wantsPage = (context: Context): boolean =>
  context.req.header('accept')?.includes('text/html') === true

/** A form that a page sent without script. */
export function isFormPost(context: Context): boolean {
  const type = context.req.header('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
  return (
    context.req.method === 'POST' &&
    type === 'application/x-www-form-urlencoded' &&
    wantsPage(context)
  )
}
