/**
 * The message of Python's `UnicodeDecodeError` for bytes that are not UTF-8 (RFC 3629, section 4).
 */
export function utf8Error(bytes: Uint8Array): string {
  let start = 0
  for (let length = 0; start < bytes.length; start += length) {
    length = sequenceLength(bytes[start]!)
    if (length === 0) return decodeError(bytes, start, start, 'invalid start byte')
    for (let next = start + 1; next < start + length; next++) {
      if (next === bytes.length)
        return decodeError(bytes, start, next - 1, 'unexpected end of data')
      if (!isContinuation(bytes[start]!, bytes[next]!, next - start))
        return decodeError(bytes, start, next - 1, 'invalid continuation byte')
    }
  }
  return decodeError(bytes, 0, bytes.length - 1, 'invalid data')
}

const sequenceLength = (first: number): number =>
  first < 0x80 ? 1 : first < 0xc2 || first > 0xf4 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4

/**
 * The second byte of some sequences has narrower bounds, which exclude overlong forms and code
 * points above U+10FFFF.
 */
const MIN_SECOND_BYTE: Record<number, number> = { 0xe0: 0xa0, 0xf0: 0x90 }
const MAX_SECOND_BYTE: Record<number, number> = { 0xf4: 0x8f }

function isContinuation(first: number, byte: number, index: number): boolean {
  const min = index === 1 ? (MIN_SECOND_BYTE[first] ?? 0x80) : 0x80
  const max = index === 1 ? (MAX_SECOND_BYTE[first] ?? 0xbf) : 0xbf
  return byte >= min && byte <= max
}

function decodeError(bytes: Uint8Array, from: number, to: number, reason: string): string {
  const position =
    from === to
      ? `byte 0x${bytes[from]!.toString(16).padStart(2, '0')} in position ${from}`
      : `bytes in position ${from}-${to}`
  return `'utf-8' codec can't decode ${position}: ${reason}`
}
