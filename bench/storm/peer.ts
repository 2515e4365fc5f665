import { NO_ANSWER, type Answer, type Cookies, type Stack } from 'latchkey-storm'

/** The same for everybody, so that everybody meets as many expiries: seconds. */
export const ACCESS_LIFETIME = 300

/** One row of the table. */
export interface Peer {
  name: string
  /** The documents that say how it is set up, or what the model follows. */
  settings: string
  /** What one refresh costs the store. */
  cost: string
  make(now: () => number): Promise<Stack> | Stack
  stop?(): unknown
}

/** Sends one request over HTTP and reads the answer as a browser does. */
export interface Sending {
  method: 'GET' | 'POST'
  path: string
  cookies?: Cookies
  body?: object
}

export function httpAsk(send: (path: string, init: RequestInit) => Promise<Response>) {
  return async ({
    method,
    path,
    cookies = {},
    body,
  }: Sending): Promise<{
    response: Response
    answer: Answer
    body: Record<string, unknown> | null
  }> => {
    const cookie = Object.entries(cookies)
      .map(([name, value]) => `${name}=${value}`)
      .join('; ')
    const headers: Record<string, string> = {
      cookie,
      ...(body && { 'content-type': 'application/json' }),
    }
    const response = await send(path, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const set = Object.fromEntries(response.headers.getSetCookie().map(readSetCookie))
    const read = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : null
    return { response, answer: { ...NO_ANSWER, status: response.status, set }, body: read }
  }
}

function readSetCookie(line: string): [name: string, value: string | null] {
  const [, name, value, attributes] = /^([^=]+)=([^;]*)(.*)$/.exec(line)!
  return [
    name!,
    value === '' ||
    /max-age=0\b/i.test(attributes!) ||
    /expires=Thu, 01 Jan 1970/i.test(attributes!)
      ? null
      : value!,
  ]
}

export const given = (set: Answer['set'], expiresIn = ACCESS_LIFETIME): Answer => ({
  ...NO_ANSWER,
  status: 200,
  set,
  expiresIn,
})
export const refused = (status = 401): Answer => ({ ...NO_ANSWER, status, ended: true })
export const onlyStatus = (status: number, set: Answer['set'] = {}): Answer => ({
  ...NO_ANSWER,
  status,
  set,
})
