import type { ServerResponse } from 'node:http'
import { ERRORS, refusalReply, type ErrorCode } from 'latchkey'

interface Words {
  status: number
  message: string
}

/** A refusal of the library's, or one of this application. */
export interface Refused extends Words {
  code: string
}

/**
 * What the tutorial answered where it had words of its own, by the token that a route wants. Every other refusal keeps the
 * library's words and status.
 */
const COMMON: Partial<Record<ErrorCode, Words>> = {
  token_expired: { status: 401, message: 'Token has expired' },
  token_invalid: { status: 422, message: ERRORS.token_invalid.message },
}
export const ACCESS_WORDS: Partial<Record<ErrorCode, Words>> = {
  ...COMMON,
  token_missing: { status: 401, message: 'Missing "token" key in json data.' },
  token_type_invalid: { status: 422, message: 'Only access tokens are allowed' },
}
export const REFRESH_WORDS: Partial<Record<ErrorCode, Words>> = {
  ...COMMON,
  token_missing: { status: 401, message: 'Missing "refresh_token" key in json data.' },
  token_type_invalid: { status: 422, message: 'Only refresh tokens are allowed' },
}

/** `msg` is what the tutorial's page reads; `error`, which never changes, and `message` are what the library answers everywhere. */
export function refuse(
  response: ServerResponse,
  { code, ...own }: Refused,
  words: Partial<Record<string, Words>> = {},
): void {
  const { status, message } = words[code] ?? own
  const reply = refusalReply({ code, status, message })
  for (const [name, value] of reply.headers) response.setHeader(name, value)
  // The rest of a body that is too large is not read: the connection ends with the answer.
  if (status === 413) response.shouldKeepAlive = false
  sendJson(response, status, { msg: message, error: code, message })
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Cache-Control': 'no-store',
  })
  response.end(JSON.stringify(body))
}
