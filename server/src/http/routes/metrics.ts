import { createHash, timingSafeEqual } from 'node:crypto'
import { sendProblem } from '../answers.ts'
import { problem } from '../../errors.ts'
import { metricsText } from '../../metrics.ts'
import type { Services } from '../../services.ts'
import type { Routes } from './table.ts'

/** `GET /metrics` for Prometheus, for whoever shows the token of the configuration. Without one there is no such address. */
export function metricsRoutes(services: Services): Routes {
  const { config, auth, counts } = services
  const { metricsToken } = config
  if (metricsToken === null) return {}
  const wanted = digest(`Bearer ${metricsToken}`)
  return {
    '/metrics': {
      GET: (context) => {
        if (!timingSafeEqual(digest(context.req.header('authorization') ?? ''), wanted))
          return sendProblem(services, context, problem('token_invalid'))
        return new Response(metricsText(auth.metrics(), counts), {
          headers: { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' },
        })
      },
    },
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
