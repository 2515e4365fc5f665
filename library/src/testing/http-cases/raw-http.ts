/** Requests that `fetch` cannot send: malformed, incomplete, or observed while they are sent. */
import { once } from 'node:events'
import { request, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { connect } from 'node:net'

/** A response as the bytes on the connection, decoded as Latin-1. */
export interface RawResponse {
  status: number
  /** The status line and the header fields. */
  head: string
  body: string
}

/** Sends these lines unchanged, and reads until the app closes the connection. */
export async function sendRaw(
  origin: string,
  head: readonly string[],
  body = '',
): Promise<RawResponse> {
  const { hostname, port } = new URL(origin)
  const socket = connect(Number(port), hostname)
  const lines = [
    ...head,
    'Host: app.example',
    'Connection: close',
    ...(body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
  ]
  socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`)
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk as Buffer)
  const [responseHead, responseBody] = splitOnce(
    Buffer.concat(chunks).toString('latin1'),
    '\r\n\r\n',
  )
  return { status: Number(responseHead.slice(9, 12)), head: responseHead, body: responseBody }
}

/** Starts a POST request, and closes the connection in the middle of its body. */
export async function abortDuringBody(
  origin: string,
  path: string,
  headers: readonly string[] = [],
): Promise<void> {
  const { hostname, port } = new URL(origin)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: app.example',
    'Content-Type: application/json',
    'Content-Length: 1000',
    ...headers,
  ]
  await new Promise((written) =>
    socket.write(`${head.join('\r\n')}\r\n\r\n{"refresh_token"`, written),
  )
  socket.destroy()
  await once(socket, 'close')
}

/** Starts a request with Node's client. The caller writes the body. */
export function startRequest(
  origin: string,
  path: string,
  options: RequestOptions,
): { clientRequest: ClientRequest; response: Promise<IncomingMessage> } {
  const clientRequest = request(origin + path, options)
  const response = once(clientRequest, 'response').then(([message]) => message as IncomingMessage)
  return { clientRequest, response }
}

export async function readText(response: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += chunk as string
  return text
}

function splitOnce(text: string, separator: string): [string, string] {
  const index = text.indexOf(separator)
  return index === -1 ? [text, ''] : [text.slice(0, index), text.slice(index + separator.length)]
}
