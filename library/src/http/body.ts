import { refuse } from '../core/errors.ts'
import { isObject } from '../core/json.ts'
import type { Body } from './view.ts'

/** Longest body that is read, in bytes: a sign-in and a refresh need far less. */
export const MAX_BODY_BYTES = 16_384

const EMPTY: Body = { ok: true, value: {} }

/** Reads and parses a body of JSON (an object) or of a form. Never reads more than the limit. */
export async function readBody(stream: AsyncIterable<Uint8Array> | null, contentType: string | undefined): Promise<Body> {
  if (stream === null) return EMPTY
  const bytes = await readBounded(stream)
  if (bytes === null) return refuse('body_too_large')
  return bytes.length === 0 ? EMPTY : parseBody(bytes, contentType)
}

async function readBounded(stream: AsyncIterable<Uint8Array>): Promise<Buffer | null> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of stream) {
    length += chunk.length
    if (length > MAX_BODY_BYTES) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function parseBody(bytes: Buffer, contentType = ''): Body {
  const type = contentType.split(';', 1)[0]!.trim().toLowerCase()
  const parse = PARSERS[type]
  if (parse === undefined) return refuse('media_type_unsupported')
  try {
    const value = parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return isObject(value) ? { ok: true, value } : refuse('request_invalid')
  } catch {
    return refuse('request_invalid')
  }
}

const PARSERS: Record<string, ((text: string) => unknown) | undefined> = {
  'application/json': (text) => JSON.parse(text) as unknown,
  'application/x-www-form-urlencoded': parseForm,
}

/** A name that stands twice has no one value (OAuth 2.0, RFC 6749, section 3.2). */
function parseForm(text: string): Record<string, string> | null {
  const entries = [...new URLSearchParams(text)]
  return new Set(entries.map(([name]) => name)).size === entries.length ? Object.fromEntries(entries) : null
}
