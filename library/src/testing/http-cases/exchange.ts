import { once } from 'node:events'
import { request, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { connect } from 'node:net'

/** What came back on a connection, as it came. */
export interface RawAnswer {
  status: number
  head: string
  body: string
}

/** Sends a head as it stands, which no client would do, and reads until the app closes the connection. */
export async function sendRaw(
  origin: string,
  head: readonly string[],
  body = '',
): Promise<RawAnswer> {
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
  const [start, rest] = split(Buffer.concat(chunks).toString('latin1'), '\r\n\r\n')
  return { status: Number(start.slice(9, 12)), head: start, body: rest }
}

/** Begins a request and breaks off in the middle of its body. */
export async function breakOff(
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

/** A request of Node's own client, for what `fetch` hides. */
export function begin(
  origin: string,
  path: string,
  options: RequestOptions,
): { sent: ClientRequest; answer: Promise<IncomingMessage> } {
  const sent = request(origin + path, options)
  const answer = once(sent, 'response').then(([response]) => response as IncomingMessage)
  return { sent, answer }
}

export async function textOf(answer: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of answer.setEncoding('utf8')) text += chunk as string
  return text
}

function split(text: string, by: string): [string, string] {
  const at = text.indexOf(by)
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + by.length)]
}
