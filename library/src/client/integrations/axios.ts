import type { AxiosError, AxiosInstance, InternalAxiosRequestConfig } from 'axios'
import type { Client } from '../internal/types.ts'
import { mayHaveExpired, originOf } from '../internal/requests.ts'
import type { State } from '../internal/state.ts'
import { unless } from '../internal/abort.ts'

/** The state that a request left under; of one that is sent a second time, nothing. */
type Config = InternalAxiosRequestConfig & { sentAs?: Partial<State> }
type Refused = AxiosError & { config: Config; request: XMLHttpRequest; response: Response }

/**
 * For axios over XMLHttpRequest, which shows how far an upload is: in cookie mode, and for the origin of the page, a request says whose it is,
 * and one that is refused because its token has expired is sent once more with the next. Everywhere else give axios `client.fetch`.
 */
export function withSession<Instance extends AxiosInstance>(
  axios: Instance,
  client: Client,
): Instance {
  axios.interceptors.request.use(async (config: Config) => {
    await client.ready
    config.sentAs = config.sentAs ? {} : client.state
    if (originOf(axios.getUri(config)) === origin)
      config.headers.set('latchkey-session', client.state.sessionId)
    return config
  })
  axios.interceptors.response.use(null, async (error: Refused) => {
    const { config, request, response, status } = error
    const sentAs = config?.sentAs
    if (
      sentAs?.sessionId &&
      status === 401 &&
      originOf(request.responseURL) === origin &&
      mayHaveExpired(response)
    ) {
      const { sessionId, generation } = client.state
      // A 401 that comes late, after others have led to new tokens, needs no renewal of its own.
      const isLate =
        sessionId && (sessionId !== sentAs.sessionId || generation !== sentAs.generation)
      if (!isLate) await unless(config.signal as AbortSignal, client.renew('refused'))
      // Never repeated under another session.
      if (client.state.sessionId === sentAs.sessionId) return axios(config)
    }
    throw error
  })
  return axios
}
