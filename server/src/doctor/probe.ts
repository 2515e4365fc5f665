import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { systemCode } from '../start-error.ts'

export interface ProbeRequest {
  method?: string
  path: string
  headers?: Readonly<Record<string, string>>
  body?: string
}

export interface ProbeReply {
  status: number
  /** Names are in lower case; several values are joined by a line break. */
  headers: Readonly<Record<string, string>>
  body: string
}

/** `code` is that of the system or of TLS, such as `ECONNREFUSED` or `CERT_HAS_EXPIRED`. */
export type ProbeResult = { ok: true; reply: ProbeReply } | { ok: false; code: string }

export type Probe = (request: ProbeRequest) => Promise<ProbeResult>

/** Milliseconds. */
const TIMEOUT = 5000
const MAX_BODY = 64 * 1024

/**
 * Returns a function that sends one request, on a connection of its own, and follows no redirect.
 * `host` is the header `Host`, if it differs from the address.
 */
export function probeOf(address: string, host = new URL(address).host): Probe {
  const send = address.startsWith('https:') ? httpsRequest : httpRequest
  return ({ method = 'GET', path, headers = {}, body }) =>
    new Promise((resolve) => {
      const fail = (error: unknown) => resolve({ ok: false, code: systemCode(error) })
      const request = send(new URL(path, address), {
        method,
        agent: false,
        headers: { ...headers, host },
        signal: AbortSignal.timeout(TIMEOUT),
      })
      request.on('error', fail)
      request.on('response', (response) => {
        const chunks: Buffer[] = []
        let length = 0
        response.on('data', (chunk: Buffer) => {
          length += chunk.length
          if (length <= MAX_BODY) chunks.push(chunk)
        })
        response.on('error', fail)
        response.on('end', () =>
          resolve({
            ok: true,
            reply: {
              status: response.statusCode ?? 0,
              headers: joined(response.headersDistinct),
              body: Buffer.concat(chunks).toString(),
            },
          }),
        )
      })
      request.end(body)
    })
}

const joined = (headers: NodeJS.Dict<string[]>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, values]) => [name, (values ?? []).join('\n')]),
  )
