import type { AxiosInstance } from 'axios'
import { abortable } from '../internal/abort.ts'
import { mayHaveExpired, originOf } from '../internal/renewable-response.ts'
import type { State } from '../internal/state.ts'
import type { Client } from '../internal/types.ts'

export type { Client } from '../internal/types.ts'

/** `sentAs`: the state when the request was sent; `{}` for one that is sent a second time. */
interface Config {
  headers: Record<string, unknown>
  sentAs?: Partial<State>
}
interface ConfigError {
  config?: Config & { signal?: AbortSignal }
  request: XMLHttpRequest
  response?: { status: number; headers: Record<string, string> }
}

/**
 * Adds the session to an axios instance that uses XMLHttpRequest, for the progress of uploads.
 * Cookie mode and the page's origin only: in all other cases give axios `client.fetch`. A request
 * names its session, and is repeated once with new tokens if its token had expired. Returns the
 * instance.
 */
export function withSession<Instance extends AxiosInstance>(
  axios: Instance,
  client: Client,
): Instance {
  axios.interceptors.request.use(async (request) => {
    const config = request as Config
    await client.ready
    config.sentAs = config.sentAs ? {} : client.state
    const { sessionId } = client.state
    if (sessionId && originOf(axios.getUri(request)) === origin)
      config.headers['latchkey-session'] = sessionId
    return request
  })
  axios.interceptors.response.use(null, async (error: ConfigError) => {
    const { config, request, response } = error
    const sentAs = config?.sentAs
    if (
      sentAs?.sessionId &&
      response?.status === 401 &&
      originOf(request.responseURL) === origin &&
      mayHaveExpired(new Response(null, response))
    ) {
      const { sessionId, generation } = client.state
      // If other requests have led to new tokens meanwhile, no renewal is needed.
      const hasNewTokens =
        sessionId && (sessionId !== sentAs.sessionId || generation !== sentAs.generation)
      if (!hasNewTokens) await abortable(config!.signal, client.renew('refused'))
      // Not repeated under another session.
      if (client.state.sessionId === sentAs.sessionId) return axios(config as object)
    }
    throw error
  })
  return axios
}
