import { createHash, timingSafeEqual } from 'node:crypto'
import { problem } from '../../errors.ts'
import { metricsText } from '../../metrics.ts'
import type { Services } from '../../services.ts'
import { sendProblem } from '../responses.ts'
import type { Routes } from './route-types.ts'

/**
 * `GET /metrics` for Prometheus. Needs the configured token; without one there is no such route.
 */
export function metricsRoutes(services: Services): Routes {
  const { config, auth, counts } = services
  const { metricsToken } = config
  if (metricsToken === null) return {}
  const expected = digest(metricsToken)
  return {
    '/metrics': {
      GET: (context) => {
        if (!timingSafeEqual(digest(bearerToken(context.req.header('authorization'))), expected))
          return sendProblem(services, context, problem('token_invalid'))
        return new Response(metricsText(auth.metrics(), counts), {
          headers: { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' },
        })
      },
    },
  }
}

/** The scheme may be in any case (RFC 9110, section 11.1). Without a token returns ''. */
const bearerToken = (header = ''): string => /^bearer +(.*)$/i.exec(header)?.[1] ?? ''

/** `timingSafeEqual` needs inputs of the same length. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
