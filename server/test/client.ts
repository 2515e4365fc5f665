import { Agent, request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'

export interface HttpRequest {
  json?: unknown
  form?: Record<string, string>
  /** Sent without changes; `headers` must name the content type. */
  body?: string | Buffer
  headers?: Record<string, string>
  /** The value of `Authorization: Bearer`. */
  token?: string
  jar?: Jar
}

export interface HttpResponse {
  status: number
  headers: IncomingHttpHeaders
  cookies: string[]
  text: string
  // Untyped: the tests check the shape.
  body: Record<string, never> & Record<string, unknown>
}

export type Send = (method: string, path: string, sent?: HttpRequest) => Promise<HttpResponse>

/** Keeps the cookies of responses, like a browser that visits one site only. */
export class Jar extends Map<string, string> {
  take(cookies: readonly string[]): void {
    for (const cookie of cookies) {
      const [, name, value, attributes] = /^([^=]+)=([^;]*)(.*)$/.exec(cookie)!
      if (/; Max-Age=0(?:;|$)/.test(attributes!)) this.delete(name!)
      else this.set(name!, value!)
    }
  }

  get header(): string {
    return [...this].map(([name, value]) => `${name}=${value}`).join('; ')
  }
}

/** Headers of a navigation. */
export const BROWSER = {
  accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8',
  'accept-language': 'en',
}

/** Creates an HTTP client that adds no headers of its own, unlike `fetch`. */
export function createClient(port: number): { send: Send; close(): void } {
  const agent = new Agent({ keepAlive: true, maxSockets: 200 })
  const send: Send = (method, path, sent = {}) => {
    const payload = payloadOf(sent)
    const headers = headersOf(sent, payload)
    return new Promise((resolve, reject) => {
      const outgoing = request(
        { host: '127.0.0.1', port, method, path, headers, agent },
        (incoming) => readResponse(incoming, sent.jar).then(resolve, reject),
      )
      outgoing.on('error', reject)
      outgoing.end(payload)
    })
  }
  return { send, close: () => agent.destroy() }
}

function payloadOf({ json, form, body }: HttpRequest): string | Buffer | undefined {
  if (json !== undefined) return JSON.stringify(json)
  return form === undefined ? body : new URLSearchParams(form).toString()
}

function headersOf(
  { json, form, headers, token, jar }: HttpRequest,
  payload: string | Buffer | undefined,
): Record<string, string> {
  const type =
    json !== undefined
      ? 'application/json'
      : form !== undefined
        ? 'application/x-www-form-urlencoded'
        : undefined
  return {
    ...(type !== undefined && { 'content-type': type }),
    ...(payload !== undefined && { 'content-length': String(Buffer.byteLength(payload)) }),
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(jar !== undefined && jar.size > 0 && { cookie: jar.header }),
    ...headers,
  }
}

async function readResponse(incoming: IncomingMessage, jar?: Jar): Promise<HttpResponse> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  const { headers } = incoming
  const cookies = headers['set-cookie'] ?? []
  jar?.take(cookies)
  const text = Buffer.concat(chunks).toString()
  const isJson = headers['content-type']?.startsWith('application/json') === true
  return {
    status: incoming.statusCode!,
    headers,
    cookies,
    text,
    body: (isJson && text !== '' ? JSON.parse(text) : {}) as HttpResponse['body'],
  }
}
