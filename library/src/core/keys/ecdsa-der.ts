/**
 * Converts a signature from R ‖ S (RFC 7518, section 3.4) to DER, a sequence of two integers (RFC
 * 3279, section 2.2.3). Node can do this itself with `dsaEncoding`, but then verifying takes 50 %
 * longer.
 */
export function toDer(raw: Buffer): Buffer {
  const half = raw.length / 2
  const r = derInteger(raw.subarray(0, half))
  const s = derInteger(raw.subarray(half))
  const length = r.length + s.length
  const head = length < 0x80 ? [0x30, length] : [0x30, 0x81, length]
  return Buffer.concat([Buffer.from(head), r, s])
}

/** Converts a signature from DER, as Node makes it, to R ‖ S of `bytes` bytes. */
export function fromDer(der: Buffer, bytes: number): Buffer {
  const raw = Buffer.alloc(bytes)
  let at = der[1]! < 0x80 ? 2 : 3
  for (const end of [bytes / 2, bytes]) {
    const next = at + 2 + der[at + 1]!
    // The integer may be shorter than its half, or longer by a zero byte that keeps it positive.
    const integer = der.subarray(Math.max(at + 2, next - bytes / 2), next)
    integer.copy(raw, end - integer.length)
    at = next
  }
  return raw
}

/** The shortest DER integer. Its first byte must be below 0x80, or it would be negative. */
function derInteger(bytes: Buffer): Buffer {
  let from = 0
  while (from < bytes.length - 1 && bytes[from] === 0) from++
  const sign = bytes[from]! >= 0x80 ? 1 : 0
  const length = sign + bytes.length - from
  const der = Buffer.alloc(2 + length)
  der[0] = 0x02
  der[1] = length
  bytes.copy(der, 2 + sign, from)
  return der
}
