import { createPublicKey } from 'node:crypto'
import { expect, test } from 'vitest'
import { createAuth, type AlgorithmName, type KeySource } from 'latchkey'
import { KEYS } from './keys.ts'

const pemOf = (alg: string, type: 'pkcs8' | 'sec1' | 'pkcs1' = 'pkcs8') =>
  KEYS[alg]!.export({ format: 'pem', type }).toString()
const publicPem = createPublicKey(KEYS.RS256!).export({ format: 'pem', type: 'spki' }).toString()
const rsa = pemOf('RS256')
const parameters = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n'
const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(rsa, 'utf16le')])
const zeroInFront = (value: string) =>
  Buffer.concat([Buffer.alloc(1), Buffer.from(value, 'base64url')]).toString('base64url')
const base64 = (value: string) => Buffer.from(value, 'base64url').toString('base64')
const jwkOf = (alg: string): Record<string, string> => ({
  ...(KEYS[alg]!.export({ format: 'jwk' }) as Record<string, string>),
  alg,
})

const READ: Array<[name: string, alg: AlgorithmName, source: unknown]> = [
  ['PEM as bytes', 'RS256', { pem: Buffer.from(rsa) }],
  ['PEM as a plain Uint8Array', 'RS256', { pem: new Uint8Array(Buffer.from(rsa)) }],
  ['PEM with line ends written as \\n', 'RS256', { pem: rsa.replaceAll('\n', '\\n') }],
  [
    'the same in quotes, with \\r\\n',
    'RS256',
    { pem: JSON.stringify(rsa.replaceAll('\n', '\r\n')) },
  ],
  ['PEM in one line', 'RS256', { pem: rsa.replaceAll('\n', '') }],
  ['PEM with blanks for line ends', 'RS256', { pem: rsa.replaceAll('\n', ' ') }],
  ['indented PEM', 'RS256', { pem: rsa.replaceAll('\n', '\r\n    ') }],
  ['PEM after a BOM', 'RS256', { pem: `\ufeff${rsa}` }],
  [
    'PEM after the attributes of a PKCS#12 file',
    'RS256',
    { pem: `Bag Attributes\n    friendlyName: x\n${rsa}` },
  ],
  ['EC PARAMETERS in front of the key', 'ES256', { pem: parameters + pemOf('ES256', 'sec1') }],
  ['a JWK as JSON text', 'ES256', JSON.stringify(jwkOf('ES256'))],
  ['a JWK as bytes', 'ES256', Buffer.from(JSON.stringify(jwkOf('ES256')))],
  [
    'RSA numbers with a zero byte in front',
    'RS256',
    Object.fromEntries(
      Object.entries(jwkOf('RS256')).map(([name, value]) =>
        ['kty', 'alg'].includes(name) ? [name, value] : [name, zeroInFront(value)],
      ),
    ),
  ],
  [
    'numbers in base64 with padding',
    'RS256',
    Object.fromEntries(
      Object.entries(jwkOf('RS256')).map(([name, value]) =>
        ['kty', 'alg'].includes(name) ? [name, value] : [name, base64(value)],
      ),
    ),
  ],
  [
    'Ed25519 in base64 with padding',
    'Ed25519',
    { ...jwkOf('Ed25519'), x: base64(jwkOf('Ed25519').x!) },
  ],
  [
    'an EC coordinate with a zero byte in front',
    'ES256',
    { ...jwkOf('ES256'), x: zeroInFront(jwkOf('ES256').x!) },
  ],
]
test.each(READ)('a key is read: %s', (_name, alg, source) => {
  const key =
    typeof source === 'string' || Buffer.isBuffer(source) ? source : { alg, ...(source as object) }
  const auth = createAuth({ keys: [key as KeySource] })
  const plain = createAuth({ keys: [{ key: KEYS[alg]!, alg }] })
  expect(auth.jwks()).toEqual(plain.jwks())
  expect(plain.decodeToken(auth.createAccessToken('ada'))).toMatchObject({ ok: true })
})

test('a key is read: an EC coordinate without its zero byte in front', () => {
  // The public key of the private key 379.
  const x = 'AFVDiUrz0A7X10Cr29dclrBod7eH219w7qeLkKjXwAo'
  const y = 'u0yFo9jqKe-q-iRAaRLdhNWxTcMr9lbvbGvVil2UP5I'
  const short = Buffer.from(x, 'base64url').subarray(1).toString('base64url')
  const key = { kty: 'EC', crv: 'P-256', x: short, y, alg: 'ES256' }
  expect(createAuth({ keys: [key] }).jwks().keys).toMatchObject([{ x, y }])
})

const block = (label: string, body = 'MIIB') =>
  `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`
const der = KEYS.RS256!.export({ format: 'der', type: 'pkcs8' })
const shortDer = KEYS.Ed25519!.export({ format: 'der', type: 'pkcs8' })
const NAMED: Array<[name: string, key: unknown, message: RegExp]> = [
  ['a certificate', { pem: block('CERTIFICATE') }, /certificate.*openssl x509 -in FILE/],
  ['a certificate request', { pem: block('CERTIFICATE REQUEST') }, /openssl req -in FILE/],
  ['an encrypted key', { pem: block('ENCRYPTED PRIVATE KEY') }, /encrypted.*openssl pkey -in/],
  [
    'an encrypted key in the traditional form',
    { pem: block('RSA PRIVATE KEY', 'Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA') },
    /encrypted.*openssl pkey -in/,
  ],
  ['an OpenSSH key', { pem: block('OPENSSH PRIVATE KEY') }, /OpenSSH.*ssh-keygen -p/],
  ['a public OpenSSH key', { pem: 'ssh-rsa AAAA ada@example' }, /OpenSSH.*ssh-keygen -e -m PKCS8/],
  ['parameters alone', { pem: parameters }, /only parameters, no key.*openssl genpkey/],
  ['a DSA key', { pem: block('DSA PRIVATE KEY') }, /DSA/],
  ['a key and its certificate', { pem: rsa + block('CERTIFICATE') }, /holds PRIVATE KEY and CERT/],
  ['a private and a public key', { pem: rsa + publicPem }, /holds PRIVATE KEY and PUBLIC KEY/],
  ['PEM that is cut off', { pem: rsa.slice(0, 200) }, /cut off: its END line is missing/],
  ['PEM that is damaged', { pem: block('PRIVATE KEY', 'AAAA') }, /damaged/],
  ['PEM in base64', { pem: Buffer.from(rsa).toString('base64') }, /Buffer\.from\(text, 'base64'\)/],
  ['PEM in UTF-16', { pem: utf16 }, /UTF-16; save the file as UTF-8/],
  ['PEM in UTF-16, read as UTF-8', { pem: utf16.toString() }, /UTF-16; save the file as UTF-8/],
  ['DER', { pem: der }, /DER.*openssl pkey -inform DER/],
  ['DER, read as UTF-8', { pem: der.toString() }, /DER.*openssl pkey -inform DER/],
  ['DER of an Ed25519 key', { pem: shortDer }, /DER.*openssl pkey -inform DER/],
  ['a JWK as pem', { pem: JSON.stringify(jwkOf('RS256')) }, /JSON; pass the JWK itself/],
  ['a file name', { pem: './keys/private.pem' }, /file name; pass the content/],
  ['an empty variable', { pem: '' }, /empty: is the environment variable set/],
  ['a variable that is not set', { pem: undefined }, /must be PEM.*is undefined/],
  ['text as key', { key: rsa }, /pass text or bytes as { pem, alg }/],
  ['a JWK set', { keys: [jwkOf('RS256')] }, /JWK set.*one by one/],
  [
    'a private RSA key with n, e and d alone',
    (({ kty, n, e, d }) => ({ kty, n, e, d }))(jwkOf('RS256')),
    /without p, q, dp, dq, qi/,
  ],
]
test.each(NAMED)('a key is refused by name: %s', (_name, source, message) => {
  const make = () => createAuth({ keys: [{ alg: 'RS256', ...(source as object) }] })
  expect(make).toThrow(message)
  expect(make).toThrow(TypeError)
})

test('a source is refused by name: PEM, a KeyObject, a CryptoKey, a key pair', async () => {
  const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])
  const refused = (source: unknown) => () => createAuth({ keys: [source as KeySource] })
  expect(refused(rsa)).toThrow(/is PEM: pass it as { pem, alg }/)
  expect(refused(Buffer.from(rsa))).toThrow(/is PEM: pass it as { pem, alg }/)
  expect(refused(KEYS.RS256)).toThrow(/is a KeyObject: pass it as { key, alg }/)
  expect(refused(pair.privateKey)).toThrow(/CryptoKey.*KeyObject\.from/)
  expect(refused(pair)).toThrow(/is a key pair: pass its private key/)
  expect(refused('[]')).toThrow(/must be a JWK/)
})
