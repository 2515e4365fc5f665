import { NO_RESPONSE, type Cookies, type Stack, type StackResponse } from 'latchkey-storm'

/** Seconds. The same for all stacks, so that all have the same number of expiries. */
export const ACCESS_LIFETIME = 300

/** One row of the table. */
export interface Peer {
  name: string
  /** How it is configured, and the documentation that says so. */
  settings: string
  /** What one refresh costs the store. */
  cost: string
  make(now: () => number): Promise<Stack> | Stack
  stop?(): unknown
}

export interface PeerRequest {
  method: 'GET' | 'POST'
  path: string
  cookies?: Cookies
  body?: object
}

export interface PeerResponse {
  response: StackResponse
  /** The parsed body; null if it is not a JSON object. */
  body: Record<string, unknown> | null
}

/** Sends requests over `fetch`, and reads cookies as a browser does. */
export function httpClient(fetch: (path: string, init: RequestInit) => Promise<Response>) {
  return async ({ method, path, cookies = {}, body }: PeerRequest): Promise<PeerResponse> => {
    const cookie = Object.entries(cookies)
      .map(([name, value]) => `${name}=${value}`)
      .join('; ')
    const response = await fetch(path, {
      method,
      headers: { cookie, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const set = Object.fromEntries(response.headers.getSetCookie().map(parseSetCookie))
    return {
      response: { ...NO_RESPONSE, status: response.status, set },
      body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : null,
    }
  }
}

function parseSetCookie(header: string): [name: string, value: string | null] {
  const [, name, value, attributes] = /^([^=]+)=([^;]*)(.*)$/.exec(header)!
  const isDeleted =
    value === '' ||
    /max-age=0\b/i.test(attributes!) ||
    /expires=Thu, 01 Jan 1970/i.test(attributes!)
  return [name!, isDeleted ? null : value!]
}

export const issued = (set: StackResponse['set'], expiresIn = ACCESS_LIFETIME): StackResponse => ({
  ...NO_RESPONSE,
  status: 200,
  set,
  expiresIn,
})

/** The session has ended. */
export const refused = (status = 401): StackResponse => ({ ...NO_RESPONSE, status, ended: true })

export const withStatus = (status: number, set: StackResponse['set'] = {}): StackResponse => ({
  ...NO_RESPONSE,
  status,
  set,
})
