import type { ServerResponse } from 'node:http'
import { ERRORS, refusalReply, type ErrorCode } from 'latchkey'

interface StatusAndMessage {
  status: number
  message: string
}

/** A refusal of the library or of this application. */
export interface TutorialRefusal extends StatusAndMessage {
  code: string
}

// The status and message of the tutorial's own refusals, by the token that a route requires. All
// other refusals have those of the library.
const BOTH: Partial<Record<ErrorCode, StatusAndMessage>> = {
  token_expired: { status: 401, message: 'Token has expired' },
  token_invalid: { status: 422, message: ERRORS.token_invalid.message },
}
export const ACCESS_REFUSALS: Partial<Record<ErrorCode, StatusAndMessage>> = {
  ...BOTH,
  token_missing: { status: 401, message: 'Missing "token" key in json data.' },
  token_type_invalid: { status: 422, message: 'Only access tokens are allowed' },
}
export const REFRESH_REFUSALS: Partial<Record<ErrorCode, StatusAndMessage>> = {
  ...BOTH,
  token_missing: { status: 401, message: 'Missing "refresh_token" key in json data.' },
  token_type_invalid: { status: 422, message: 'Only refresh tokens are allowed' },
}

/**
 * Sends a refusal. The tutorial's page reads `msg`; `error` and `message` are in every refusal of
 * the library.
 */
export function refuse(
  response: ServerResponse,
  { code, ...original }: TutorialRefusal,
  overrides: Partial<Record<string, StatusAndMessage>> = {},
): void {
  const { status, message } = overrides[code] ?? original
  const reply = refusalReply({ code, status, message })
  for (const [name, value] of reply.headers) response.setHeader(name, value)
  // The rest of a body that is too large is not read, so the connection cannot be used again.
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
