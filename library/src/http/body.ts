import { isBytes } from '../core/bytes.ts'
import { refuse } from '../core/errors.ts'
import { isObject } from '../core/json.ts'
import type { Body } from './request.ts'

/** Limit of the body of a sign-in or a refresh, in bytes. They need far less. */
export const MAX_BODY_BYTES = 16_384

const FORM = 'application/x-www-form-urlencoded'
const MULTIPART = 'multipart/form-data'

/**
 * Reads and parses a body: a JSON object or a form. Refuses an incomplete body (400), a body over
 * `limit` bytes (413), of which it reads no more than that, and any other media type (415), of
 * which it reads nothing.
 */
export async function readBody(
  stream: AsyncIterable<Uint8Array> | null,
  contentType: string | undefined,
  limit: number = MAX_BODY_BYTES,
): Promise<Body> {
  if (stream === null) return { ok: true, value: {} }
  if (!mayBeParsed(contentType)) return refuse('media_type_unsupported')
  try {
    return await parseBody(await readBounded(stream, limit), contentType)
  } catch {
    return refuse('request_invalid')
  }
}

/** False for a media type that is never parsed. A body without one may be empty. */
export function mayBeParsed(contentType: string | undefined): boolean {
  return contentType === undefined || parserOf(contentType) !== undefined
}

/** Parses the bytes of a body; null stands for a body over the limit. */
export async function parseBody(
  bytes: Buffer | null,
  contentType: string | undefined,
): Promise<Body> {
  if (bytes === null) return refuse('body_too_large')
  if (bytes.length === 0) return { ok: true, value: {} }
  const parse = parserOf(contentType)
  if (parse === undefined) return refuse('media_type_unsupported')
  try {
    const value = await parse(bytes, contentType!)
    return isObject(value) ? { ok: true, value } : refuse('request_invalid')
  } catch {
    return refuse('request_invalid')
  }
}

/**
 * Returns the fields of a body that a parser of the framework has read already: an object of any
 * size, or its text or bytes, which are parsed here if they are not over `limit`.
 */
export async function bodyFromParser(
  parsed: unknown,
  contentType: string | undefined,
  limit: number,
): Promise<Body> {
  if (typeof parsed === 'string' || isBytes(parsed))
    return parseBody(parsed.length > limit ? null : Buffer.from(parsed), contentType)
  if (isObject(parsed)) return { ok: true, value: parsed }
  return refuse(mayBeParsed(contentType) ? 'request_invalid' : 'media_type_unsupported')
}

/** Forms with more fields are not parsed: the objects would cost more than their bytes. */
const MAX_FIELDS = 10_000

/**
 * Returns the fields of a form. A repeated name has an array of its values; files are left out.
 * Returns null if there are too many.
 */
export function fieldsOf(
  entries: Iterable<readonly [name: string, value: unknown]>,
): Record<string, unknown> | null {
  const values = new Map<string, string[]>()
  let count = 0
  for (const [name, value] of entries) {
    if (++count > MAX_FIELDS) return null
    if (typeof value !== 'string') continue
    const list = values.get(name)
    if (list === undefined) values.set(name, [value])
    else list.push(value)
  }
  return Object.fromEntries(
    Array.from(values, ([name, list]) => [name, list.length === 1 ? list[0] : list]),
  )
}

async function readBounded(
  stream: AsyncIterable<Uint8Array>,
  limit: number,
): Promise<Buffer | null> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of stream) {
    length += chunk.length
    if (length > limit) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** The media type without parameters; `+json` counts as JSON (RFC 6839, section 3.1). */
function mediaTypeOf(contentType = ''): string {
  const type = contentType.split(';', 1)[0]!.trim().toLowerCase()
  return type.startsWith('application/') && type.endsWith('+json') ? 'application/json' : type
}

type Parser = (bytes: Buffer, contentType: string) => unknown

const textOf = (bytes: Buffer): string => new TextDecoder('utf-8', { fatal: true }).decode(bytes)

const PARSERS: Record<string, Parser | undefined> = {
  'application/json': (bytes) => JSON.parse(textOf(bytes)) as unknown,
  [FORM]: (bytes) => fieldsOf(new URLSearchParams(textOf(bytes))),
  [MULTIPART]: parseMultipart,
}

function parserOf(contentType: string | undefined): Parser | undefined {
  return PARSERS[mediaTypeOf(contentType)]
}

/** By the parser of the Fetch standard, which every runtime has (RFC 7578). */
async function parseMultipart(
  bytes: Buffer,
  contentType: string,
): Promise<Record<string, unknown> | null> {
  const headers = { 'Content-Type': contentType }
  return fieldsOf(await new Response(Buffer.from(bytes), { headers }).formData())
}
