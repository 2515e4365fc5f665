/**
 * The requirements for tokens and keys in RFC 7515 to 7519, 7638, 8037, 8725, 9068 and 9864, one by
 * one. STANDARDS.md explains the ids.
 */
import { createHash, createPublicKey } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import * as fc from 'fast-check'
import { createAuth, ERRORS } from 'latchkey'
import { memoryStore } from 'latchkey/stores/memory'
import type { CheckedToken } from '../../src/core/check-token.ts'
import { readJwks } from '../../src/remote/read-jwks.ts'
import { decode, encode, hmac, NOW, partsOf, SECOND, SECRET, setUp } from './forging.ts'
import { KEYS } from './keys.ts'

const hs = setUp()
const es = setUp('ES256')
const ed = setUp('Ed25519')
const { good, header, claims, forge, reasonOf } = hs
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const SIGNED = ['HS256', 'HS384', 'HS512', 'RS256', 'PS256', 'ES256', 'ES384', 'ES512', 'Ed25519']

describe('JOSE-01: a token is exactly three parts of base64url', () => {
  test('a byte replaced by any other, at every position', () => {
    for (let at = 0; at < good.length; at++) {
      for (let byte = 0; byte < 256; byte++) {
        const other = good.slice(0, at) + String.fromCharCode(byte) + good.slice(at + 1)
        if (other !== good) expect(hs.auth.decodeToken(other).ok).toBe(false)
      }
    }
  })
  test('a byte inserted or removed, at every position', () => {
    for (let at = 0; at <= good.length; at++) {
      for (const added of [' ', '\n', '\t', '=', '+', '/', '{', '"', '.', '\0', 'A'])
        expect(hs.auth.decodeToken(good.slice(0, at) + added + good.slice(at)).ok).toBe(false)
      if (at < good.length)
        expect(hs.auth.decodeToken(good.slice(0, at) + good.slice(at + 1)).ok).toBe(false)
    }
  })
  test.each([1, 2, 4, 5, 6])('%i parts', (count) => {
    const parts = partsOf(good)
    expect(reasonOf(Array.from({ length: count }, (_, i) => parts[i % 3]).join('.'))).toBe('parts')
  })
  test('any text returns a refusal and never throws', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.stringMatching(/^[\w-]*\.[\w-]*\.[\w-]*$/),
      fc.constantFrom(...partsOf(good)).map((part) => `${part}.${part}.${part}`),
    )
    fc.assert(
      fc.property(text, (token) => reasonOf(token) !== undefined),
      { seed: 1, numRuns: 2000 },
    )
  })
  test('any signed JSON returns a value and never throws', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.jsonValue(),
        (first, second) => 'ok' in (hs.auth.decodeToken(forge(first, second)) as object),
      ),
      { seed: 2, numRuns: 500 },
    )
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...Object.keys(claims), 'nbf', 'x'), fc.jsonValue()),
        (some) => 'ok' in hs.auth.decodeToken(forge(header, { ...claims, ...some })),
      ),
      { seed: 3, numRuns: 500 },
    )
  })
})

describe('JOSE-02: only canonical base64url is accepted', () => {
  test.each(SIGNED)('%s: the 63 other last characters of the signature', (alg) => {
    const { auth, good } = setUp(alg)
    for (const last of ALPHABET.replace(good.at(-1)!, ''))
      expect(auth.decodeToken(good.slice(0, -1) + last).ok).toBe(false)
  })
  test('unused bits set in header or payload, with a valid signature', () => {
    const spare = (part: string) =>
      part.slice(0, -1) + ALPHABET[(ALPHABET.indexOf(part.at(-1)!) + 1) % 64]!
    const signed = (input: string) => `${input}.${hmac('sha256', KEYS.HS256!, input)}`
    // A last group of one byte leaves four unused bits, one of two bytes leaves two.
    const [padded, named] = [
      { ...claims, x: '' },
      { ...header, x: '' },
    ].map((object) => {
      let text = JSON.stringify(object)
      while (text.length % 3 === 0) text = `${text} `
      return encode(text)
    }) as [string, string]
    expect(hs.auth.decodeToken(signed(`${encode(header)}.${padded}`)).ok).toBe(true)
    expect(reasonOf(signed(`${encode(header)}.${spare(padded)}`))).toBe('payload')
    expect(hs.auth.decodeToken(signed(`${named}.${encode(claims)}`)).ok).toBe(true)
    expect(reasonOf(signed(`${spare(named)}.${encode(claims)}`))).toBe('header')
    for (const odd of ['=', '+', '/', ' ', 'A', 'é'])
      expect(reasonOf(signed(`${encode(header)}.${padded}${odd}`))).toMatch(/payload|signature/)
  })
  test('characters that Node decodes by their low byte', () => {
    const wide = (part: string) => String.fromCharCode(part.charCodeAt(0) + 0x100) + part.slice(1)
    expect(Buffer.from(wide(encode(claims)), 'base64url').toString()).toBe(JSON.stringify(claims))
    const signed = (first: string, second: string) =>
      `${first}.${second}.${hmac('sha256', KEYS.HS256!, `${first}.${second}`)}`
    expect(reasonOf(signed(encode(header), wide(encode(claims))))).toBe('payload')
    expect(reasonOf(signed(wide(encode(header)), encode(claims)))).toBe('header')
    for (const { auth, good } of SIGNED.map((alg) => setUp(alg))) {
      const parts = partsOf(good)
      for (const at of parts.keys())
        expect(auth.decodeToken(parts.with(at, wide(parts[at]!)).join('.')).ok).toBe(false)
    }
  })
})

const NOT_OBJECTS: Array<[name: string, bytes: Buffer]> = [
  ['invalid UTF-8', Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff]), Buffer.from('"}')])],
  [
    'an overlong form',
    Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')]),
  ],
  [
    'a surrogate in UTF-8',
    Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"}')]),
  ],
  ['a byte order mark', Buffer.from('\ufeff{}')],
  ['UTF-16', Buffer.from('{}', 'utf16le')],
  ['an array', Buffer.from('[]')],
  ['a number', Buffer.from('1')],
  ['a string', Buffer.from('"x"')],
  ['null', Buffer.from('null')],
  ['no bytes', Buffer.alloc(0)],
  ['half an object', Buffer.from('{"a":')],
  ['two objects', Buffer.from('{}{}')],
  ['a comment', Buffer.from('{}//')],
  ['a trailing comma', Buffer.from('{"a":1,}')],
  ['names without quotes', Buffer.from('{a:1}')],
]
test.each(NOT_OBJECTS)('JOSE-03: %s is refused as header and as payload', (_name, bytes) => {
  const part = bytes.toString('base64url')
  expect(
    reasonOf(
      `${part}.${encode(claims)}.${hmac('sha256', KEYS.HS256!, `${part}.${encode(claims)}`)}`,
    ),
  ).toBe('header')
  expect(
    reasonOf(
      `${encode(header)}.${part}.${hmac('sha256', KEYS.HS256!, `${encode(header)}.${part}`)}`,
    ),
  ).toBe('payload')
})
test('JOSE-03: an escaped lone surrogate is refused', () => {
  const tail = JSON.stringify(claims).slice(1)
  for (const half of [
    '"x":"\\ud800",',
    '"x":["\\uDFFF a"],',
    '"\\ud83d":1,',
    '"x":{"y":"\\udc00\\ud800"},',
  ])
    expect(reasonOf(forge(header, `{${half}${tail}`))).toBe('payload')
  for (const whole of ['"x":"\\ud83d\\ude00",', '"x":"\\\\ud800",', '"x":"\ufffd",'])
    expect(hs.auth.decodeToken(forge(header, `{${whole}${tail}`)).ok).toBe(true)
  expect(() => hs.auth.createAccessToken('\ud800')).toThrow(/well-formed Unicode/)
  expect(() => hs.auth.createAccessToken('ada', { claims: { name: 'a\udc00' } })).toThrow(
    /well-formed Unicode/,
  )
})

describe('JOSE-04: repeated names are refused at any depth', () => {
  const text = (object: object, extra: string) => `${JSON.stringify(object).slice(0, -1)},${extra}}`
  test.each(['alg', 'typ', 'kid'])('%s in the header', (name) => {
    expect(reasonOf(forge(text(header, `"${name}":${JSON.stringify(header[name])}`), claims))).toBe(
      'header',
    )
  })
  test.each(['sub', 'exp', 'iat', 'jti', 'fresh'])('%s in the payload', (name) => {
    expect(reasonOf(forge(header, text(claims, `"${name}":${JSON.stringify(claims[name])}`)))).toBe(
      'payload',
    )
  })
  test('escaped and nested repetitions', () => {
    for (const extra of [
      '"x":{"y":1,"y":1}',
      '"x":[{"y":1,"y":1}]',
      '"s\\u0075b":"eve"',
      '"sub" :"eve"',
      '"x":":","sub"\n:"eve"',
      '"x":"\\":","sub":"eve"',
      '"__proto__":1,"__proto__":1',
    ]) {
      expect(reasonOf(forge(header, text(claims, extra)))).toBe('payload')
    }
    for (const extra of [
      '"x":{"sub":1}',
      '"x":":::"',
      '"x":"a\\":\\"b"',
      '"x":[{"y":1},{"y":1}]',
      '"a:b":"{\\"sub\\":1}"',
    ]) {
      expect(hs.auth.decodeToken(forge(header, text(claims, extra))).ok).toBe(true)
    }
  })
  test('any object is accepted, and refused once one of its names is repeated', () => {
    const object = fc
      .dictionary(fc.string(), fc.jsonValue(), { minKeys: 1, maxKeys: 5 })
      .filter((candidate) => !Object.keys(candidate).some((name) => name in claims))
    fc.assert(
      fc.property(object, fc.nat(), (some, index) => {
        const name = Object.keys(some)[index % Object.keys(some).length]!
        expect(hs.auth.decodeToken(forge(header, { ...claims, ...some })).ok).toBe(true)
        expect(
          hs.auth.decodeToken(
            forge(header, text({ ...claims, ...some }, `${JSON.stringify(name)}:0`)),
          ).ok,
        ).toBe(false)
      }),
      { seed: 4, numRuns: 300 },
    )
  })
  test('in a JWKS', () => {
    const jwk = JSON.stringify(es.auth.jwks().keys[0])
    for (const set of [
      `{"keys":[${jwk}],"keys":[${jwk}]}`,
      `{"keys":[${jwk.replace('"kty"', '"kty":"RSA","kty"')}]}`,
    ])
      expect(() => readJwks(set, ['ES256'])).toThrow(/no repeated names/)
  })
})

describe('JOSE-05, JOSE-07: alg must be that of the key, in the same case, and never none', () => {
  test.each([
    'none',
    'None',
    'NONE',
    'nOnE',
    'hs256',
    'HS256 ',
    ' HS256',
    'HS256\0',
    '',
    'HS384',
    'RS256',
    'dir',
    256,
    null,
    true,
    ['HS256'],
    { alg: 'HS256' },
  ])('%j', (alg) => {
    expect(reasonOf(forge({ ...header, alg }, claims))).toBe('alg')
    expect(reasonOf(`${encode({ ...header, alg })}.${encode(claims)}.`)).toBe('alg')
  })
  test('absent', () => expect(reasonOf(forge({ ...header, alg: undefined }, claims))).toBe('alg'))
  test('none cannot be configured', () => {
    expect(() => createAuth({ keys: [{ kty: 'oct', k: 'AAAA', alg: 'none' }] })).toThrow(
      /must be one of/,
    )
    expect(() => createAuth({ keys: [] })).toThrow(/at least one key/)
    const token = hs.auth.createAccessToken('ada', { headers: { alg: 'none' } })
    expect(decode(partsOf(token)[0]).alg).toBe('HS256')
  })
})

test('JOSE-06: a public key in any form is refused as an HMAC secret', () => {
  for (const alg of ['RS256', 'ES256', 'Ed25519']) {
    const { auth, header, claims, reasonOf } = setUp(alg)
    const publicKey = createPublicKey(KEYS[alg]!)
    const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString()
    const jwk = publicKey.export({ format: 'jwk' })
    const shapes = [
      pem,
      pem.trimEnd(),
      pem.replaceAll('\n', '\r\n'),
      publicKey.export({ format: 'der', type: 'spki' }),
      JSON.stringify(jwk),
      JSON.stringify(auth.jwks()),
      Buffer.from(jwk.x ?? jwk.n!, 'base64url'),
      jwk.x ?? jwk.n!,
    ]
    if (alg === 'RS256')
      shapes.push(
        publicKey.export({ format: 'pem', type: 'pkcs1' }),
        publicKey.export({ format: 'der', type: 'pkcs1' }),
      )
    for (const bytes of shapes) {
      for (const [name, hash] of [
        ['HS256', 'sha256'],
        ['HS384', 'sha384'],
        ['HS512', 'sha512'],
      ] as const) {
        const input = `${encode({ ...header, alg: name })}.${encode(claims)}`
        expect(reasonOf(`${input}.${hmac(hash, bytes, input)}`)).toBe('alg')
        // Also with the `kid` of the real key.
        const own = `${encode(header)}.${encode(claims)}`
        expect(reasonOf(`${own}.${hmac(hash, bytes, own)}`)).toBe('signature')
      }
    }
  }
})

describe('JOSE-08, JOSE-09: extensions are refused', () => {
  test.each([[[]], [['x']], [['x', 'x']], [['alg']], [['exp']], ['x'], [{}], [null], [['b64']]])(
    'crit %j',
    (crit) => {
      expect(reasonOf(forge({ ...header, crit, x: 1 }, claims))).toBe('crit')
      expect(reasonOf(forge({ ...header, crit, b64: true }, claims))).toBe('crit')
    },
  )
  test.each([true, false])('b64 %j', (b64) => {
    expect(reasonOf(forge({ ...header, b64 }, claims))).toBe('crit')
    expect(reasonOf(forge({ ...header, b64, crit: ['b64'] }, claims))).toBe('crit')
  })
  test('b64 false with an unencoded payload', () => {
    const payload = JSON.stringify(claims).replaceAll('.', '')
    const input = `${encode({ ...header, b64: false, crit: ['b64'] })}.${payload}`
    expect(reasonOf(`${input}.${hmac('sha256', KEYS.HS256!, input)}`)).toBe('crit')
  })
})

describe('JOSE-11: kid is only compared', () => {
  const hostile = [
    '../../dev/null',
    '/dev/null',
    "' OR 1=1--",
    '; cat /etc/passwd',
    'http://127.0.0.1:9/',
    '__proto__',
    'constructor',
    'toString',
    '\0',
    '',
    '.*',
    '%s',
    'x'.repeat(5000),
    0,
    true,
    null,
    [],
    {},
  ]
  test.each(hostile)('%j', (kid) => {
    for (const { forge, header, claims, reasonOf } of [hs, es])
      expect(reasonOf(forge({ ...header, kid }, claims))).toBe('kid')
  })
  test('in an array, absent, and one megabyte long', () => {
    expect(reasonOf(forge({ ...header, kid: [header.kid] }, claims))).toBe('kid')
    expect(reasonOf(forge({ ...header, kid: undefined }, claims))).toBe('kid')
    expect(reasonOf(forge({ ...header, kid: 'x'.repeat(1_000_000) }, claims))).toBe('size')
  })
})

test('JOSE-13: two keys with one kid are refused at start', () => {
  const key = (alg: string) => ({ key: KEYS[alg]!, alg, kid: 'a' })
  expect(() => createAuth({ keys: [key('ES256'), key('Ed25519')] })).toThrow(
    /two keys with the same "kid"/,
  )
  expect(() => createAuth({ keys: [key('ES256'), key('ES256')] })).toThrow(
    /two keys with the same "kid"/,
  )
})

test('JOSE-14: published keys contain nothing secret', () => {
  const auth = createAuth({
    keys: ['HS256', 'RS256', 'ES256', 'Ed25519'].map((alg) => ({ key: KEYS[alg]!, alg })),
  })
  expect(auth.jwks().keys.map(({ kty }) => kty)).toEqual(['RSA', 'EC', 'OKP'])
  const members = new Set(auth.jwks().keys.flatMap((jwk) => Object.keys(jwk)))
  expect([...members].toSorted()).toEqual(['alg', 'crv', 'e', 'kid', 'kty', 'n', 'use', 'x', 'y'])
})

test('JOSE-15: a secret shorter than the hash is refused', () => {
  for (const short of ['', 'secret', 'a'.repeat(31), Buffer.alloc(31)])
    expect(() => createAuth({ secret: short })).toThrow(/at least 32 bytes/)
})

describe('JOSE-17: an ECDSA signature is R ‖ S, both above 0 and below the order', () => {
  const ORDER = Buffer.from(
    'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551',
    'hex',
  )
  const zero = Buffer.alloc(32)
  const one = Buffer.concat([Buffer.alloc(31), Buffer.from([1])])
  const less = Buffer.from(ORDER)
  less[31]! -= 1
  const halves = { zero, one, order: ORDER, 'order - 1': less, 'all ones': Buffer.alloc(32, 255) }
  const input = es.good.slice(0, es.good.lastIndexOf('.'))
  for (const [r, first] of Object.entries(halves)) {
    test.each(Object.entries(halves))(`R ${r}, S %s`, (_s, second) =>
      expect(es.reasonOf(`${input}.${Buffer.concat([first, second]).toString('base64url')}`)).toBe(
        'signature',
      ),
    )
  }
  test.each([0, 1, 32, 63, 65, 70, 96, 128])('%i bytes', (length) =>
    expect(es.reasonOf(`${input}.${Buffer.alloc(length, 1).toString('base64url')}`)).toBe(
      'signature',
    ),
  )
  test('in DER', () => {
    const [r, s] = [
      Buffer.from(partsOf(es.good)[2], 'base64url').subarray(0, 32),
      Buffer.from(partsOf(es.good)[2], 'base64url').subarray(32),
    ]
    const integer = (bytes: Buffer) => Buffer.concat([Buffer.from([2, 33, 0]), bytes])
    const der = Buffer.concat([Buffer.from([0x30, 70]), integer(r), integer(s)])
    expect(es.reasonOf(`${input}.${der.toString('base64url')}`)).toBe('signature')
  })
})

test('JOSE-18: a high-S signature is accepted and gives the same jti', () => {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
  const raw = Buffer.from(partsOf(es.good)[2], 'base64url')
  const high = (order - BigInt(`0x${raw.subarray(32).toString('hex')}`))
    .toString(16)
    .padStart(64, '0')
  const [first, second] = partsOf(es.good)
  const signature = Buffer.concat([raw.subarray(0, 32), Buffer.from(high, 'hex')])
  const twin = `${first}.${second}.${signature.toString('base64url')}`
  const revoked = new Set<string>()
  const auth = createAuth({
    keys: [{ key: KEYS.ES256!, alg: 'ES256' }],
    now: () => NOW,
    isRevoked: ({ claims }) => revoked.has(claims.jti),
  })
  for (const token of [es.good, twin])
    for (let i = 0; i < 3; i++)
      expect(auth.checkToken(token)).toMatchObject({ ok: true, claims: { jti: es.claims.jti } })
  revoked.add(es.claims.jti as string)
  for (const token of [es.good, twin])
    expect(auth.checkToken(token)).toMatchObject({ code: 'token_revoked' })
})

test('JOSE-19: Ed25519 uses its own name, and S must be below the order', () => {
  expect(ed.header.alg).toBe('Ed25519')
  expect(ed.reasonOf(ed.forge({ ...ed.header, alg: 'EdDSA' }, ed.claims))).toBe('alg')
  const order = 2n ** 252n + 27742317777372353535851937790883648493n
  const raw = Buffer.from(partsOf(ed.good)[2], 'base64url')
  const s =
    BigInt(
      `0x${Buffer.from(raw.subarray(32))
        .toReversed()
        .reduce((text, byte) => text + byte.toString(16).padStart(2, '0'), '')}`,
    ) + order
  const other = Buffer.from(s.toString(16).padStart(64, '0'), 'hex').toReversed()
  const signature = Buffer.concat([raw.subarray(0, 32), other])
  expect(
    ed.reasonOf([...partsOf(ed.good).slice(0, 2), signature.toString('base64url')].join('.')),
  ).toBe('signature')
})

describe('JOSE-20: JWK thumbprints', () => {
  const rsa = {
    kty: 'RSA',
    n:
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_B' +
      'JECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_F' +
      'DW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4' +
      'vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
    e: 'AQAB',
  }
  const thumbprintOf = (jwk: object) => createAuth({ keys: [jwk as never] }).jwks().keys[0]!.kid
  test('the example of RFC 7638, section 3.1', () => {
    expect(thumbprintOf({ ...rsa, alg: 'RS256' })).toBe(
      'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
    )
  })
  test('the example of RFC 8037, appendix A.3', () => {
    expect(
      thumbprintOf({
        crv: 'Ed25519',
        kty: 'OKP',
        x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
        alg: 'Ed25519',
      }),
    ).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k')
  })
  test('the order of members and further members do not matter', () => {
    expect(
      thumbprintOf({
        x5t: 'x',
        e: rsa.e,
        use: 'sig',
        n: rsa.n,
        alg: 'RS256',
        ext: true,
        kty: 'RSA',
      }),
    ).toBe(thumbprintOf({ ...rsa, alg: 'RS256' }))
    const jwk = es.auth.jwks().keys[0]!
    expect(jwk.kid).toBe(
      createHash('sha256')
        .update(`{"crv":"P-256","kty":"EC","x":"${jwk.x}","y":"${jwk.y}"}`)
        .digest('base64url'),
    )
  })
})

test('JOSE-21: a point that is off its curve, at infinity or of another length is refused', () => {
  const { x, y } = createPublicKey(KEYS.ES256!).export({ format: 'jwk' })
  const zero = Buffer.alloc(32).toString('base64url')
  for (const point of [
    { x: y, y: x },
    { x, y: x },
    { x: zero, y: zero },
    { x, y: Buffer.from(y!, 'base64url').subarray(0, 31).toString('base64url') },
    { x: Buffer.concat([Buffer.from(x!, 'base64url'), Buffer.alloc(1)]).toString('base64url'), y },
    { x },
    { x, y: '' },
  ]) {
    expect(() =>
      createAuth({ keys: [{ kty: 'EC', crv: 'P-256', alg: 'ES256', ...point } as never] }),
    ).toThrow(/is not a valid JWK|is missing, superfluous/)
  }
})

test('JOSE-22, JOSE-23, ATT-20: encrypted tokens are refused', () => {
  const jwe = {
    alg: 'PBES2-HS256+A128KW',
    enc: 'A256GCM',
    p2c: 2 ** 31 - 1,
    p2s: 'AAAA',
    zip: 'DEF',
    kid: header.kid,
    typ: header.typ,
  }
  expect(reasonOf([encode(jwe), 'AAAA', 'AAAA', 'AAAA', 'AAAA'].join('.'))).toBe('parts')
  expect(reasonOf(forge(jwe, claims))).toBe('alg')
  for (const alg of ['RSA1_5', 'RSA-OAEP', 'A128KW', 'dir', 'ECDH-ES'])
    expect(reasonOf(forge({ ...jwe, alg }, claims))).toBe('alg')
  expect(reasonOf(forge({ ...header, cty: 'JWT' }, JSON.stringify(good)))).toBe('payload')
})

test('JOSE-24, ATT-21: JSON serialisations are refused', () => {
  const [protectedHeader, payload, signature] = partsOf(good)
  const flat = { protected: protectedHeader, payload, signature }
  for (const text of [
    JSON.stringify(flat),
    JSON.stringify({ payload, signatures: [flat] }),
    JSON.stringify({ payload: good, signature: 'a.b' }),
    JSON.stringify({ ...flat, payload: `.${good}` }),
  ]) {
    expect(reasonOf(text)).toMatch(/parts|header|typ/)
  }
  for (const object of [flat, { toString: () => good }, [good], null, undefined, 7])
    expect(reasonOf(object as never)).toBe('parts')
})

describe('JOSE-25: the work for a token is bounded', () => {
  const tail = JSON.stringify(claims).slice(0, -1)
  test('a token of 64 KiB is read, and one character more is not', () => {
    const fit = (length: number) => {
      for (let size = length; ; size--) {
        const token = forge(
          header,
          `${tail},"x":"${'x'.repeat(Math.floor(((size - 200) * 3) / 4))}"}`,
        )
        if (token.length <= length) return token
      }
    }
    const largest = fit(65_536)
    expect(largest.length).toBeGreaterThan(65_400)
    expect(hs.auth.decodeToken(largest).ok).toBe(true)
    expect(reasonOf(largest + 'A'.repeat(65_537 - largest.length))).toBe('size')
  })
  test('a token of at most 8 KiB is signed', () => {
    const create = (length: number) =>
      hs.auth.createAccessToken('ada', { claims: { x: 'x'.repeat(length) } })
    expect(create(5900).length).toBeGreaterThan(8000)
    expect(() => create(6200)).toThrow(/a token of \d+ characters is over 8192; use fewer claims/)
  })
  test('the deepest nesting that fits in a token is read without recursion', () => {
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      const nested = (depth: number) =>
        forge(header, `${tail},"x":${open.repeat(depth)}1${close.repeat(depth)}}`)
      expect(hs.auth.decodeToken(nested(7900)).ok).toBe(true)
      expect(reasonOf(nested(100_000))).toBe('size')
    }
  })
  test('many names are read; many dots and long strings are refused by their size', () => {
    const many = Object.fromEntries(Array.from({ length: 3500 }, (_, i) => [`n${i}`, i]))
    expect(hs.auth.decodeToken(forge(header, { ...claims, ...many })).ok).toBe(true)
    for (const token of [
      '.'.repeat(100_000),
      'A'.repeat(10_000_000),
      `${encode('x'.repeat(1_000_000))}.${good}`,
    ])
      expect(reasonOf(token)).toBe('size')
  })
})

test('JOSE-26: signatures are compared with timingSafeEqual, to the last character', async () => {
  const { readFileSync } = await import('node:fs')
  const source = readFileSync(new URL('../../src/core/algorithms.ts', import.meta.url), 'utf8')
  expect(source).toContain('return timingSafeEqual(a, b)')
  for (const at of [0, 42]) {
    const [first, second, signature] = partsOf(good)
    const changed = signature[at] === 'A' ? 'Q' : 'A'
    const other = `${signature.slice(0, at)}${changed}${signature.slice(at + 1)}`
    expect(reasonOf(`${first}.${second}.${other}`)).toBe('signature')
  }
})

const seconds = NOW / SECOND
const CLAIMS: Array<[id: string, change: object, reason: string]> = [
  ...[
    undefined,
    '9999999999',
    null,
    true,
    false,
    [seconds],
    {},
    -1,
    0,
    1.5,
    seconds + 0.5,
    1e308,
    2 ** 53,
    seconds * 1000,
  ].map((exp) => ['JWT-01', { exp }, 'exp'] as [string, object, string]),
  ['JWT-02', { nbf: seconds + 61 }, 'nbf'],
  ['JWT-02', { nbf: 'now' }, 'nbf'],
  ['JWT-02', { nbf: null }, 'nbf'],
  ['JWT-02', { iat: 'now' }, 'iat'],
  ['JWT-02', { iat: undefined }, 'iat'],
  ...[undefined, '', {}, ['ada'], 7, null, true].map(
    (sub) => ['ATT-23', { sub }, 'sub'] as [string, object, string],
  ),
  ...[undefined, {}, ['x'], 7, null].map(
    (jti) => ['ATT-23', { jti }, 'jti'] as [string, object, string],
  ),
  ...[undefined, 'true', null, {}, -1].map(
    (fresh) => ['ATT-23', { fresh }, 'fresh'] as [string, object, string],
  ),
  ...['other', 1, {}, [], ['other'], null].map(
    (aud) =>
      ['JWT-05: an audience although none is configured', { aud }, 'aud'] as [
        string,
        object,
        string,
      ],
  ),
]
test.each(CLAIMS)('%s: %j is refused', (_id, change, reason) =>
  expect(reasonOf(forge(header, { ...claims, ...change }))).toBe(reason),
)
test.each(['1e309', '-1e309', '9007199254740993', '1e-7'])(
  'JWT-01: exp written as %s is refused',
  (exp) => {
    expect(
      reasonOf(forge(header, JSON.stringify(claims).replace(/"exp":\d+/, `"exp":${exp}`))),
    ).toBe('exp')
  },
)
test('JWT-02: a clock one minute ahead is tolerated; an iat in the future decides nothing', () => {
  for (const change of [{ nbf: seconds + 60 }, { iat: seconds + 90_000 }, { nbf: seconds - 1 }])
    expect(hs.auth.decodeToken(forge(header, { ...claims, ...change })).ok).toBe(true)
  // It expires before it is issued.
  expect(
    hs.auth.decodeToken(forge(header, { ...claims, nbf: seconds + 50, exp: seconds - 1 })),
  ).toMatchObject({ code: 'token_expired' })
})
test('JWT-03: a token expires at the second in exp, also if it is cached', () => {
  let now = NOW
  const auth = createAuth({ secret: SECRET, now: () => now })
  const token = auth.createAccessToken('ada', { expiresIn: 10 })
  for (let i = 0; i < 3; i++) expect(auth.checkToken(token)).toMatchObject({ ok: true })
  now += 9999
  expect(auth.checkToken(token)).toMatchObject({ ok: true })
  now += 1
  expect(auth.checkToken(token)).toMatchObject({ code: 'token_expired' })
  // The clock is set back, so the token was issued in the future.
  now = NOW - 62 * SECOND
  expect(auth.checkToken(token)).toMatchObject({ ok: true })
})
test('JWT-02, JWT-03: leeway accepts a token so long before nbf and after exp', () => {
  const change = { iat: seconds, nbf: seconds, exp: seconds + 10 }
  let now = NOW
  const late = setUp('HS256', { leeway: 90, now: () => now })
  const token = late.forge(late.header, { ...late.claims, ...change })
  const at = (time: number) => ((now = time), late.auth.checkToken(token))
  expect(at(NOW - 90 * SECOND)).toMatchObject({ ok: true })
  expect(at(NOW - 90 * SECOND - 1)).toMatchObject({ code: 'token_invalid' })
  expect(at(NOW + 100 * SECOND - 1)).toMatchObject({ ok: true })
  expect(at(NOW + 100 * SECOND)).toMatchObject({ code: 'token_expired' })
})

const shop = setUp('HS256', { issuer: 'https://id.example', audience: 'shop' })
test.each([
  'https://id.example/',
  'https://ID.example',
  'https://id.example#',
  'https://іd.example',
  ['https://id.example'],
  null,
  undefined,
])('JWT-04: issuer %j is refused', (iss) => {
  expect(shop.reasonOf(shop.forge(shop.header, { ...shop.claims, iss }))).toBe('iss')
})
test.each([
  undefined,
  1,
  {},
  { 0: 'shop' },
  [],
  'sho',
  'shop ',
  'SHOP',
  ['sho'],
  [['shop']],
  ['shop', 1],
  [null, 'shop'],
])('JWT-05: audience %j is refused', (aud) => {
  expect(shop.reasonOf(shop.forge(shop.header, { ...shop.claims, aud }))).toBe('aud')
})
test('JWT-05: one of several audiences is accepted', () => {
  expect(
    shop.auth.decodeToken(shop.forge(shop.header, { ...shop.claims, aud: ['other', 'shop'] })).ok,
  ).toBe(true)
})

test('JWT-06: a subject of another issuer is another identity', async () => {
  const theirs = createAuth({
    keys: [{ key: KEYS.ES256!, alg: 'ES256' }],
    issuer: 'https://partner.example',
    audience: 'shop',
    now: () => NOW,
  })
  const auth = createAuth({
    secret: SECRET,
    issuers: [{ issuer: 'https://partner.example', audience: 'shop', keys: theirs.jwks().keys }],
    now: () => NOW,
  })
  expect(await auth.checkToken(theirs.createAccessToken('admin'))).toMatchObject({
    claims: { sub: 'https://partner.example#admin' },
  })
})

describe('JWT-07, ATT-19: each kind of token is accepted only in its own place', () => {
  const kinds = [
    'at+jwt',
    'rt+jwt',
    'dpop+jwt',
    'dbsc+jwt',
    'statuslist+jwt',
    'logout+jwt',
    'secevent+jwt',
    'oauth-authz-req+jwt',
    'JWT',
    'jose',
    '',
  ]
  test.each(kinds)('%s', (typ) => {
    const token = forge({ ...header, typ }, claims)
    expect((hs.auth.checkToken(token) as CheckedToken).ok).toBe(typ === 'at+jwt')
    expect((hs.auth.checkToken(token, { refresh: true }) as CheckedToken).ok).toBe(typ === 'rt+jwt')
    if (!['at+jwt', 'rt+jwt'].includes(typ)) expect(reasonOf(token)).toBe('typ')
  })
  test('opaque refresh tokens and access tokens are not interchangeable', async () => {
    const auth = createAuth({ secret: SECRET, store: memoryStore(), now: () => NOW })
    const tokens = await auth.signIn('ada')
    expect(await auth.checkToken(tokens.refreshToken)).toMatchObject({ code: 'token_type_invalid' })
    expect(await auth.refresh(tokens.accessToken)).toMatchObject({ code: 'token_type_invalid' })
  })
  test('tokens of another service or another key are refused', () => {
    const sibling = setUp('HS256', { audience: 'sibling' })
    expect(shop.reasonOf(sibling.good)).toBe('iss')
    expect(reasonOf(setUp('HS384').good)).toMatch(/kid|alg/)
  })
})
test.each([
  ['AT+JWT', true],
  ['application/at+jwt', true],
  ['Application/AT+jwt', true],
  ['JWT', false],
  ['at+jwt ', false],
  ['text/at+jwt', false],
  ['application/application/at+jwt', false],
  [undefined, false],
  [7, false],
])('JWT-08: typ %j', (typ, ok) => {
  expect(hs.auth.decodeToken(forge({ ...header, typ }, claims)).ok).toBe(ok)
})

test('JWT-09, ATT-13: claims with names of the prototype have no effect', () => {
  for (const extra of [
    '"__proto__":{"admin":true}',
    '"constructor":{"prototype":{"admin":true}}',
    '"toString":"x","hasOwnProperty":1,"valueOf":null',
  ]) {
    const decoded = hs.auth.decodeToken(
      forge(header, `${JSON.stringify(claims).slice(0, -1)},${extra}}`),
    )
    expect(decoded).toMatchObject({ ok: true })
    expect((decoded as unknown as { claims: { admin?: boolean } }).claims.admin).toBeUndefined()
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  }
})

test('JWT-10: the application cannot replace reserved claims', () => {
  for (const name of ['sub', 'exp', 'iss', 'aud', 'jti', 'iat', 'nbf', 'cnf', 'sid', 'fresh']) {
    expect(() => hs.auth.createAccessToken('ada', { claims: { [name]: 1 } })).toThrow(
      `the claim "${name}" is written by Latchkey`,
    )
  }
  const token = hs.auth.createAccessToken('ada', {
    headers: { typ: 'rt+jwt', alg: 'none', kid: 'x' },
  })
  expect(decode(partsOf(token)[0])).toEqual(header)
})

test('JWT-11: responses do not give the reason, and events contain nothing of the token', () => {
  const eve = forge(header, { ...claims, sub: 'very-particular-name', aud: 'x' })
  reasonOf(eve)
  expect(JSON.stringify(hs.events)).toBe(
    JSON.stringify([{ type: 'token-refused', at: NOW, reason: 'aud' }]),
  )
  expect(hs.auth.checkToken(eve)).toEqual({
    ok: false,
    code: 'token_invalid',
    status: 401,
    message: ERRORS.token_invalid.message,
  })
})

test('claims are frozen: one request cannot change them for the next', () => {
  const auth = createAuth({ secret: SECRET, now: () => NOW })
  const token = auth.createAccessToken('ada', {
    claims: { roles: ['member'], place: { city: 'Graz' } },
  })
  for (let i = 0; i < 4; i++) {
    const checked = auth.checkToken(token) as unknown as {
      claims: { sub: string; roles: string[]; place: { city: string } }
      header: { kid: string }
    }
    for (const change of [
      () => checked.claims.roles.push('admin'),
      () => (checked.claims.sub = 'eve'),
      () => (checked.claims.place.city = 'x'),
      () => (checked.header.kid = 'x'),
    ])
      expect(change).toThrow(TypeError)
    expect(checked.claims).toMatchObject({ sub: 'ada', roles: ['member'], place: { city: 'Graz' } })
  }
})

test('AT-01, AT-02, AT-03: access tokens have the form of RFC 9068, and RS256 is supported', () => {
  const auth = createAuth({
    keys: [{ key: KEYS.RS256!, alg: 'RS256' }],
    issuer: 'https://id.example',
    audience: 'shop',
    now: () => NOW,
  })
  const [first, second] = partsOf(auth.createAccessToken('ada', { claims: { client_id: 'app' } }))
  expect(decode(first)).toMatchObject({ typ: 'at+jwt', alg: 'RS256' })
  expect(decode(second)).toMatchObject({
    iss: 'https://id.example',
    aud: 'shop',
    sub: 'ada',
    client_id: 'app',
    iat: seconds,
    exp: expect.any(Number),
    jti: expect.stringMatching(/^[\w-]{22}$/),
  })
})

test('AT-09: an access token lives five minutes by default, and at most ten years', () => {
  expect(Number(claims.exp) - Number(claims.iat)).toBe(300)
  expect(() => hs.auth.createAccessToken('ada', { expiresIn: 11 * 366 * 24 * 3600 })).toThrow(
    /ten years/,
  )
})

test('JOSE-25: a token that is too long to be accepted is not made', () => {
  expect(() => hs.auth.createAccessToken('ada', { claims: { note: 'x'.repeat(7000) } })).toThrow(
    /use fewer claims/,
  )
  const long = hs.auth.createAccessToken('ada', { claims: { note: '愛'.repeat(1900) } })
  expect(hs.auth.decodeToken(long)).toMatchObject({ ok: true, claims: { note: '愛'.repeat(1900) } })
})
