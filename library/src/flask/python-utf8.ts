/** What Python says of bytes that are not UTF-8 (RFC 3629, section 4). */
export function utf8Fault(bytes: Uint8Array): string {
  let at = 0
  for (let length = 0; at < bytes.length; at += length) {
    length = sequenceLength(bytes[at]!)
    if (length === 0) return decodeFault(bytes, at, at, 'invalid start byte')
    for (let next = at + 1; next < at + length; next++) {
      if (next === bytes.length) return decodeFault(bytes, at, next - 1, 'unexpected end of data')
      if (!continues(bytes[at]!, bytes[next]!, next - at))
        return decodeFault(bytes, at, next - 1, 'invalid continuation byte')
    }
  }
  return decodeFault(bytes, 0, bytes.length - 1, 'invalid data')
}

const sequenceLength = (first: number): number =>
  first < 0x80 ? 1 : first < 0xc2 || first > 0xf4 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4

/** The second byte of some sequences has narrower bounds: no character is written longer than it need be, or lies beyond the last. */
const LOWEST: Record<number, number> = { 0xe0: 0xa0, 0xf0: 0x90 }
const HIGHEST: Record<number, number> = { 0xf4: 0x8f }

function continues(first: number, byte: number, place: number): boolean {
  const [low, high] = place === 1 ? [LOWEST[first] ?? 0x80, HIGHEST[first] ?? 0xbf] : [0x80, 0xbf]
  return byte >= low && byte <= high
}

function decodeFault(bytes: Uint8Array, from: number, to: number, reason: string): string {
  const where =
    from === to
      ? `byte 0x${bytes[from]!.toString(16).padStart(2, '0')} in position ${from}`
      : `bytes in position ${from}-${to}`
  return `'utf-8' codec can't decode ${where}: ${reason}`
}
