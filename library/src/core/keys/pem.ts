import { isBytes } from '../bytes.ts'
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'

const KEY_LABEL = /^(?:(?:RSA |EC )?PRIVATE KEY|(?:RSA )?PUBLIC KEY)$/
const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----(?:([^]*?)-----END \1-----)?/g

/** PEM blocks that are no usable keys: what they are, and how to get the key. */
const OTHER_BLOCKS: ReadonlyArray<readonly [label: RegExp, advice: string]> = [
  [
    /ENCRYPTED/,
    'is encrypted with a passphrase; decrypt it with: openssl pkey -in FILE -out key.pem',
  ],
  [
    /^OPENSSH PRIVATE KEY$/,
    "is an OpenSSH key; convert a copy of it with: ssh-keygen -p -N '' -m PKCS8 -f COPY",
  ],
  [
    /CERTIFICATE REQUEST/,
    'is a certificate request; take its key with: openssl req -in FILE -noout -pubkey',
  ],
  [
    /CERTIFICATE|PKCS7|CMS/,
    'is a certificate, whose dates and issuer would not be checked; take its key with: ' +
      'openssl x509 -in FILE -noout -pubkey',
  ],
  [
    /PARAMETERS$/,
    'holds only parameters, no key; make a key with: ' +
      'openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256',
  ],
  [/^DSA /, 'is a DSA key, which no algorithm of JOSE uses; make another key'],
  [/SSH2|PGP/, 'is a key of SSH or PGP; convert it to PEM with: ssh-keygen -e -m PKCS8 -f FILE'],
]

/** Texts that are not PEM: what they are, and what to pass instead. */
const OTHER_TEXTS: ReadonlyArray<readonly [text: RegExp, advice: string]> = [
  [/^\s*$/, 'is empty: is the environment variable set?'],
  [/^(?:\xff\xfe|\xfe\xff)|^.{0,6}(?:-\0-\0|\0-\0-)/s, 'is UTF-16; save the file as UTF-8'],
  [/^\s*[{[]/, 'is JSON; pass the JWK itself in place of { pem, alg }'],
  [/^\s*(?:ssh-|ecdsa-)/, 'is an OpenSSH key; convert it with: ssh-keygen -e -m PKCS8 -f FILE'],
  [/^PuTTY-/, 'is a PuTTY key; export it as PEM with: puttygen FILE -O private-openssh-new'],
  [/^\s*LS0t/, "is PEM in base64; decode it with: Buffer.from(text, 'base64')"],
  [
    // A SEQUENCE with an INTEGER or another SEQUENCE, as bytes, or read as UTF-8.
    /^0(?:[^\x80-\xff]|\x81.|\x82..)[\p{Cc}0]|\ufffd/su,
    'is DER; convert it with: openssl pkey -inform DER -in FILE -out key.pem (public: -pubin)',
  ],
  [/^[^\n]{0,255}\.\w{2,4}\s*$/, 'is a file name; pass the content of the file'],
]

/**
 * Reads PKCS#8, PKCS#1, SEC 1 or SPKI in PEM (RFC 7468), as text or bytes. Line ends may be missing
 * or written as `\n`, as in environment variables, and lines may be indented. Parameters in front
 * of the key, as `openssl ecparam -genkey` writes them, are ignored. Throws a `TypeError` that says
 * what was passed and how to convert it, without key material.
 */
export function parsePem(pem: unknown, option: string): KeyObject {
  const [label, body] = findKeyBlock(textOf(pem, option), option)
  const lines = body.replaceAll(/\\[nr]|\s/g, '').match(/.{1,64}/g) ?? []
  const text = [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
  try {
    return label.endsWith('PRIVATE KEY') ? createPrivateKey(text) : createPublicKey(text)
  } catch {
    // No `cause`: its message may quote the key.
    throw new TypeError(`${option} is not a key that can be read: damaged, or of an unknown kind`)
  }
}

function textOf(pem: unknown, option: string): string {
  // Latin 1 keeps every byte, so that formats that are not text are recognised too.
  if (isBytes(pem)) return Buffer.from(pem).toString('latin1')
  if (typeof pem === 'string') return pem
  throw new TypeError(`${option} must be PEM, as a string or bytes, but is ${typeof pem}`)
}

/** The label and the base64 text of the only key in it. */
function findKeyBlock(text: string, option: string): [label: string, body: string] {
  const blocks = [...text.matchAll(BLOCK)].map(([, label, body]) => ({ label: label!, body }))
  if (blocks.length === 0) throw new TypeError(`${option} ${adviceFor(OTHER_TEXTS, text)}`)
  const keys = blocks.filter(({ label }) => !label.endsWith('PARAMETERS'))
  const [{ label, body }] = [keys[0] ?? blocks[0]!]
  if (keys.length > 1)
    throw new TypeError(
      `${option} must be one PEM block, but holds ${keys.map(({ label }) => label).join(' and ')}`,
    )
  if (!KEY_LABEL.test(label)) throw new TypeError(`${option} ${adviceFor(OTHER_BLOCKS, label)}`)
  if (body === undefined) throw new TypeError(`${option} is cut off: its END line is missing`)
  // The traditional form of encryption (RFC 1421, section 4.6.1.1).
  if (body.includes('Proc-Type'))
    throw new TypeError(`${option} ${adviceFor(OTHER_BLOCKS, 'ENCRYPTED')}`)
  return [label, body]
}

function adviceFor(table: ReadonlyArray<readonly [RegExp, string]>, text: string): string {
  const found = table.find(([pattern]) => pattern.test(text))
  return found?.[1] ?? 'must be one PEM block, "PRIVATE KEY" or "PUBLIC KEY"'
}
