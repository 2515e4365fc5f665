import { refusalReply, tokenReply } from '../../http/replies.ts'
import type { Auth } from '../../http/auth.ts'
import type { Reply } from '../../core/errors.ts'
import type { TokenSet } from '../../core/session/token-set.ts'
import type { Mode } from '../../protocol.ts'

/** What is needed of a response of Node, over HTTP/1 or HTTP/2. */
export interface NodeResponse {
  statusCode: number
  setHeader(name: string, value: string): unknown
  appendHeader(name: string, value: string): unknown
  end(): unknown
  end(text: string): unknown
}

/** Answers a sign-in with its tokens: as JSON, or in cookies. */
export function sendTokens(
  auth: Auth,
  response: NodeResponse,
  tokens: TokenSet,
  mode: Mode = 'header',
): void {
  send(response, tokenReply(auth.settings, tokens, mode))
}

/** Answers a refusal: that of a guard, of `bodyOf`, or one with a code of the application's own. */
export function sendRefusal(
  response: NodeResponse,
  refusal: { code: string; status: number; message: string },
): void {
  send(response, refusalReply(refusal))
}

/** Sends a reply, and leaves the headers that others have set: cookies, and what CORS needs. */
export function send(response: NodeResponse, { status, headers, body }: Reply): void {
  for (const [name, value] of headers) {
    if (name === 'Set-Cookie') response.appendHeader(name, value)
    else response.setHeader(name, value)
  }
  response.statusCode = status
  if (body === undefined) return void response.end()
  response.setHeader('Content-Type', 'application/json; charset=utf-8')
  response.end(JSON.stringify(body))
}
