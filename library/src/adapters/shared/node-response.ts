import { refusalReply, tokenReply } from '../../http/replies.ts'
import type { SessionAuth } from '../../http/auth-types.ts'
import type { Reply } from '../../core/errors.ts'
import { settingsOf } from '../../core/settings-of-auth.ts'
import type { TokenSet } from '../../core/session/token-set.ts'
import type { Mode } from '../../protocol.ts'

/** The members of Node's response that the adapters use, over HTTP/1 or HTTP/2. */
export interface NodeResponse {
  statusCode: number
  setHeader(name: string, value: string): unknown
  appendHeader(name: string, value: string): unknown
  end(): unknown
  end(text: string): unknown
  once?(event: 'close', listener: () => void): unknown
}

/** Sends the tokens of a sign-in, as JSON or in cookies. */
export function sendTokens(
  auth: SessionAuth,
  response: NodeResponse,
  tokens: TokenSet,
  mode: Mode = 'header',
): void {
  send(response, tokenReply(settingsOf(auth), tokens, mode))
}

/** Sends a refusal: of a guard, of `bodyOf`, or one with a code of the application's own. */
export function sendRefusal(
  response: NodeResponse,
  refusal: { code: string; status: number; message: string },
): void {
  send(response, refusalReply(refusal))
}

/** Sends a reply. Cookies and CORS headers that are already set on the response stay. */
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
