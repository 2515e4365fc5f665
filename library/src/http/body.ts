import { refuse } from '../core/errors.ts'
import { isObject } from '../core/json.ts'
import type { Body } from './request.ts'

/** Limit of a body, in bytes. A sign-in and a refresh need far less. */
export const MAX_BODY_BYTES = 16_384

const FORM = 'application/x-www-form-urlencoded'

/**
 * Reads and parses a body: a JSON object or a form. Refuses an incomplete body (400), a body over
 * `MAX_BODY_BYTES` (413), of which it reads no more than that, and any other media type (415), of
 * which it reads nothing.
 */
export async function readBody(
  stream: AsyncIterable<Uint8Array> | null,
  contentType: string | undefined,
): Promise<Body> {
  if (stream === null) return { ok: true, value: {} }
  if (contentType !== undefined && parserOf(contentType) === undefined)
    return refuse('media_type_unsupported')
  try {
    const bytes = await readBounded(stream)
    return bytes === null ? refuse('body_too_large') : parseBody(bytes, contentType)
  } catch {
    return refuse('request_invalid')
  }
}

/** Does the same with a body that a parser of the framework has read already. */
export function bodyFromParser(parsed: unknown, contentType: string | undefined): Body {
  if (typeof parsed === 'string' || parsed instanceof Uint8Array) {
    return parsed.length > MAX_BODY_BYTES
      ? refuse('body_too_large')
      : parseBody(Buffer.from(parsed), contentType)
  }
  // Form parsers turn a repeated name into an array, and `a[b]=1` into an object.
  const isFlat =
    isObject(parsed) &&
    (mediaTypeOf(contentType) !== FORM ||
      Object.values(parsed).every((value) => typeof value === 'string'))
  return isFlat ? { ok: true, value: parsed } : refuse('request_invalid')
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

function parseBody(bytes: Buffer, contentType: string | undefined): Body {
  if (bytes.length === 0) return { ok: true, value: {} }
  const parse = parserOf(contentType)
  if (parse === undefined) return refuse('media_type_unsupported')
  try {
    const value = parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return isObject(value) ? { ok: true, value } : refuse('request_invalid')
  } catch {
    return refuse('request_invalid')
  }
}

/** The media type without parameters; `+json` counts as JSON (RFC 6839, section 3.1). */
function mediaTypeOf(contentType = ''): string {
  const type = contentType.split(';', 1)[0]!.trim().toLowerCase()
  return type.startsWith('application/') && type.endsWith('+json') ? 'application/json' : type
}

const PARSERS: Record<string, ((text: string) => unknown) | undefined> = {
  'application/json': (text) => JSON.parse(text) as unknown,
  [FORM]: parseForm,
}

function parserOf(contentType: string | undefined): ((text: string) => unknown) | undefined {
  return PARSERS[mediaTypeOf(contentType)]
}

/** Returns null if a name is repeated: parameters must not be (RFC 6749, section 3.2). */
function parseForm(text: string): Record<string, string> | null {
  const entries = [...new URLSearchParams(text)]
  return new Set(entries.map(([name]) => name)).size === entries.length
    ? Object.fromEntries(entries)
    : null
}
