import { isObject } from '../core/json.ts'
import { JsonDecodeError, loads } from './python-json.ts'

/** Limit of a token, in characters: more than a header or a cookie can hold. */
const MAX_LENGTH = 16_384

/** A decoded token. Nothing of it is verified. */
export interface LoadedToken {
  header: Record<string, unknown>
  payload: Record<string, unknown>
  /** The signing input (RFC 7515, section 2). */
  input: string
  /** Canonical base64url, without padding. */
  signature: string
}

/** Decodes a token in the order of PyJWT. Returns PyJWT's message if it is malformed. */
export function loadToken(token: unknown): LoadedToken | string {
  if (typeof token !== 'string') return "Invalid token type. Token must be a <class 'bytes'>"
  const lastDot = token.lastIndexOf('.')
  const firstDot = token.indexOf('.')
  if (token.length > MAX_LENGTH || lastDot === firstDot) return 'Not enough segments'
  const headerBytes = decodeSegment(token.slice(0, firstDot))
  if (headerBytes === null) return 'Invalid header padding'
  const header = loads(headerBytes)
  if (header instanceof JsonDecodeError) return `Invalid header string: ${header.message}`
  if (!isObject(header)) return 'Invalid header string: must be a json object'
  const payloadPart = token.slice(firstDot + 1, lastDot)
  if (header.b64 === false && payloadPart !== '')
    return "Payload segment must be empty when 'b64' is false."
  const payloadBytes = decodeSegment(payloadPart)
  if (payloadBytes === null) return 'Invalid payload padding'
  const signature = decodeSegment(token.slice(lastDot + 1))
  if (signature === null) return 'Invalid crypto padding'
  const fault = headerFault(header)
  if (fault !== null) return fault
  const payload = loads(payloadBytes)
  if (payload instanceof JsonDecodeError) return `Invalid payload string: ${payload.message}`
  if (!isObject(payload)) return 'Invalid payload string: must be a json object'
  return {
    header,
    payload,
    input: token.slice(0, lastDot),
    signature: signature.toString('base64url'),
  }
}

/** The header of an unverified token; null if it cannot be read. */
export function loadHeader(token: string): Record<string, unknown> | null {
  const bytes = decodeSegment(token.slice(0, Math.min(token.indexOf('.'), MAX_LENGTH)))
  const header = bytes && loads(bytes)
  return isObject(header) && !(header instanceof JsonDecodeError) && headerFault(header) === null
    ? header
    : null
}

/** Decodes base64url, with or without padding. Returns null if it is not canonical. */
function decodeSegment(segment: string): Buffer | null {
  const stripped = segment.replace(/={1,2}$/, '')
  if (stripped !== segment && segment.length % 4 !== 0) return null
  const bytes = Buffer.from(stripped, 'base64url')
  return bytes.toString('base64url') === stripped ? bytes : null
}

/**
 * Checks `kid`, `crit` (RFC 7515, section 4.1.11) and `b64` (RFC 7797). `b64` is the only extension
 * that PyJWT knows, and it cannot be used here.
 */
function headerFault(header: Record<string, unknown>): string | null {
  if ('kid' in header && typeof header.kid !== 'string')
    return 'Key ID header parameter must be a string'
  const crit = 'crit' in header ? critFault(header, header.crit) : null
  if (crit !== null || header.b64 !== false) return crit
  return Array.isArray(header.crit)
    ? 'It is required that you pass in a value for the "detached_payload" argument ' +
        'to decode a message having the b64 header set to false.'
    : "The 'b64' header parameter requires 'b64' to be listed in 'crit'."
}

function critFault(header: Record<string, unknown>, crit: unknown): string | null {
  if (!Array.isArray(crit) || crit.length === 0)
    return "Invalid 'crit' header: must be a non-empty list"
  for (const name of crit as unknown[]) {
    if (typeof name !== 'string') return "Invalid 'crit' header: values must be strings"
    if (name !== 'b64') return `Unsupported critical extension: ${name}`
    if (!Object.hasOwn(header, name)) return `Critical extension '${name}' is missing from headers`
  }
  return null
}
