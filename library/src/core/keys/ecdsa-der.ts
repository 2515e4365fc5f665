/**
 * The signature R ‖ S of a JWS (RFC 7518, section 3.4) as Node takes it with a bare key: a sequence of two integers in DER (RFC 3279,
 * section 2.2.3). Asking Node for the other form costs half as much again as the mathematics.
 */
export function toDer(raw: Buffer): Buffer {
  const half = raw.length / 2
  const r = integer(raw.subarray(0, half))
  const s = integer(raw.subarray(half))
  const length = r.length + s.length
  const head = length < 0x80 ? [0x30, length] : [0x30, 0x81, length]
  return Buffer.concat([Buffer.from(head), r, s])
}

/** The way back, for a signature that Node has made with a bare key; `bytes` are those of R ‖ S. */
export function fromDer(der: Buffer, bytes: number): Buffer {
  const raw = Buffer.alloc(bytes)
  let at = der[1]! < 0x80 ? 2 : 3
  for (const end of [bytes / 2, bytes]) {
    const next = at + 2 + der[at + 1]!
    // Shorter than half of the bytes, or longer by the byte that makes it positive.
    const integer = der.subarray(Math.max(at + 2, next - bytes / 2), next)
    integer.copy(raw, end - integer.length)
    at = next
  }
  return raw
}

/** As few bytes as it takes, the first of which is below 0x80: a DER integer has a sign. */
function integer(bytes: Buffer): Buffer {
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
