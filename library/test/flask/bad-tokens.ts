import { claimsAt, part, sign } from './tokens.ts'

export interface BadToken {
  name: string
  config?: Record<string, unknown>
  /** `now` in seconds. */
  token: (now: number) => string
  path?: string
  /** The response of Flask-JWT-Extended 4.7.4 with PyJWT 2.15; Latchkey's if that is 500. */
  status: number
  message?: string
  /** Flask-JWT-Extended responds with 500. */
  breaks?: true
  /** PyJWT 2.6, the version of Debian, is less strict or has other messages. */
  newer?: true
}

type More = Omit<BadToken, 'name' | 'token' | 'status' | 'message'>
type Row = [
  name: string,
  token: (now: number) => string,
  status: number,
  message?: string | undefined,
  more?: More,
]

const NEWER = { newer: true } as const
/** A valid token with these claims changed; undefined removes one. */
const claims = (changes: Record<string, unknown>, header?: unknown) => (now: number) =>
  sign({ ...claimsAt(now), ...changes }, header)
/** A valid token with this text added at the end of its payload. */
const text = (added: string) => (now: number) =>
  sign(`${JSON.stringify(claimsAt(now)).slice(0, -1)},${added}}`)
const header = (changes: Record<string, unknown>) => (now: number) =>
  sign(claimsAt(now), { alg: 'HS256', typ: 'JWT', ...changes })
const raw = (value: string) => () => value
const valid = (now: number): string => sign(claimsAt(now))
const split = (now: number) => valid(now).split('.') as [string, string, string]

const SEGMENTS = 'Not enough segments'
const JSON_START = 'Expecting value: line 1 column 1 (char 0)'
const NOT_ALLOWED = 'The specified alg value is not allowed'
const BAD_SIGNATURE = 'Signature verification failed'
const INTEGER = {
  exp: 'Expiration Time claim (exp) must be an integer.',
  nbf: 'Not Before claim (nbf) must be an integer.',
  iat: 'Issued At claim (iat) must be an integer.',
}
const PAST = (now: number) => now - 10
const FUTURE = (now: number) => now + 600
const at = (changes: (now: number) => Record<string, unknown>) => (now: number) =>
  sign({ ...claimsAt(now), ...changes(now) })
const aud = (value: unknown): More => ({ config: { JWT_DECODE_AUDIENCE: value } })
const iss = (value: unknown): More => ({ config: { JWT_DECODE_ISSUER: value } })

const ROWS: Row[] = [
  ['a valid token', valid, 200],
  ['a single word', raw('foobarbaz'), 422, SEGMENTS],
  ['two parts', raw('a.b'), 422, SEGMENTS],
  ['three parts that are not base64url', raw('aaaaa.bbbbb.ccccc'), 422, 'Invalid header padding'],
  ['a header that is not base64url', raw('!!!!.p.s'), 422, 'Invalid header padding', NEWER],
  ['a header in standard base64', (now) => `+${valid(now)}`, 422, 'Invalid header padding', NEWER],
  ['four parts', (now) => `${valid(now)}.x`, 422, 'Invalid payload padding', NEWER],
  [
    'a payload that is not base64url',
    (now) => split(now).with(1, '!!!!').join('.'),
    422,
    'Invalid payload padding',
    NEWER,
  ],
  [
    'a signature that is not base64url',
    (now) => `${valid(now)};`,
    422,
    'Invalid crypto padding',
    NEWER,
  ],
  ['a signature with padding', (now) => `${valid(now)}=`, 200],
  [
    'a signature with too much padding',
    (now) => `${valid(now)}===`,
    422,
    'Invalid crypto padding',
    NEWER,
  ],
  [
    'a signature that is not canonical base64url',
    (now) => valid(now).replace(/.$/, (last) => String.fromCharCode(last.charCodeAt(0) + 1)),
    422,
    'Invalid crypto padding',
    NEWER,
  ],
  ['nothing between the dots', raw('..'), 422, `Invalid header string: ${JSON_START}`],
  [
    'a header that is not JSON',
    (now) => sign(claimsAt(now), 'x'),
    422,
    `Invalid header string: ${JSON_START}`,
  ],
  [
    'a header that is not UTF-8',
    (now) => `${Buffer.from('{"\xff":1}', 'latin1').toString('base64url')}.${split(now)[1]}.x`,
    422,
    "Invalid header string: 'utf-8' codec can't decode byte 0xff in position 2: invalid start byte",
  ],
  [
    'a header that is cut off',
    (now) => sign(claimsAt(now), '{"alg'),
    422,
    'Invalid header string: Unterminated string starting at: line 1 column 2 (char 1)',
  ],
  [
    'a header with an unquoted name',
    (now) => sign(claimsAt(now), '{alg:1}'),
    422,
    'Invalid header string: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)',
  ],
  [
    'a header without a colon',
    (now) => sign(claimsAt(now), '{"alg" 1}'),
    422,
    "Invalid header string: Expecting ':' delimiter: line 1 column 8 (char 7)",
  ],
  [
    'a header without a comma',
    (now) => sign(claimsAt(now), '{"alg":1 2}'),
    422,
    "Invalid header string: Expecting ',' delimiter: line 1 column 10 (char 9)",
  ],
  [
    'a header with extra data',
    (now) => sign(claimsAt(now), '{}\n {}'),
    422,
    'Invalid header string: Extra data: line 2 column 2 (char 4)',
  ],
  [
    'a header with a bad escape',
    (now) => sign(claimsAt(now), String.raw`{"a":"\x"}`),
    422,
    String.raw`Invalid header string: Invalid \escape: line 1 column 7 (char 6)`,
  ],
  [
    'a header with an incomplete escape',
    (now) => sign(claimsAt(now), String.raw`{"a":"\u12"}`),
    422,
    String.raw`Invalid header string: Invalid \uXXXX escape: line 1 column 8 (char 7)`,
  ],
  [
    'a header with a line break in a string',
    (now) => sign(claimsAt(now), '{"é":"\n"}'),
    422,
    'Invalid header string: Invalid control character at: line 1 column 7 (char 6)',
  ],
  [
    'a header that is a list',
    (now) => sign(claimsAt(now), [1]),
    422,
    'Invalid header string: must be a json object',
  ],
  [
    'a header that is null',
    (now) => sign(claimsAt(now), null),
    422,
    'Invalid header string: must be a json object',
  ],
  ['a payload that is not JSON', () => sign('x'), 422, `Invalid payload string: ${JSON_START}`],
  ['an empty payload', () => sign(''), 422, `Invalid payload string: ${JSON_START}`],
  [
    'a payload that is a list',
    () => sign([1]),
    422,
    'Invalid payload string: must be a json object',
  ],
  [
    'a payload that is null',
    () => sign(null),
    422,
    'Invalid payload string: must be a json object',
  ],
  ['a repeated claim', text('"sub":"eve","sub":"ada"'), 200],
  ...[['none'], ['None'], ['HS512'], ['RS256'], ['hs256'], [null], [5], [['HS256']]].map(
    ([alg]): Row => [`alg ${JSON.stringify(alg)}`, header({ alg }), 422, NOT_ALLOWED],
  ),
  ['no alg', (now) => sign(claimsAt(now), { typ: 'JWT' }), 422, 'Algorithm not specified', NEWER],
  [
    'an alg that is allowed and does not exist',
    header({ alg: 'XX256' }),
    422,
    'Algorithm not supported',
    { config: { JWT_DECODE_ALGORITHMS: ['XX256'] } },
  ],
  [
    'another key',
    (now) => sign(claimsAt(now), undefined, 'another secret of more than thirty-two bytes'),
    422,
    BAD_SIGNATURE,
  ],
  [
    'another payload',
    (now) =>
      split(now)
        .with(1, part({ ...claimsAt(now), sub: 'eve' }))
        .join('.'),
    422,
    BAD_SIGNATURE,
  ],
  ['no signature', (now) => split(now).with(2, '').join('.'), 422, BAD_SIGNATURE],
  ['another typ', header({ typ: 'x' }), 200],
  ['a kid', header({ kid: 'x' }), 200],
  ['a kid that is a number', header({ kid: 1 }), 422, 'Key ID header parameter must be a string'],
  ['a kid that is null', header({ kid: null }), 422, 'Key ID header parameter must be a string'],
  [
    'an empty crit',
    header({ crit: [] }),
    422,
    "Invalid 'crit' header: must be a non-empty list",
    NEWER,
  ],
  [
    'crit that is a string',
    header({ crit: 'x' }),
    422,
    "Invalid 'crit' header: must be a non-empty list",
    NEWER,
  ],
  [
    'crit of numbers',
    header({ crit: [1] }),
    422,
    "Invalid 'crit' header: values must be strings",
    NEWER,
  ],
  [
    'an unknown critical extension',
    header({ crit: ['x'] }),
    422,
    'Unsupported critical extension: x',
    NEWER,
  ],
  [
    'crit without the parameter it names',
    header({ crit: ['b64'] }),
    422,
    "Critical extension 'b64' is missing from headers",
    NEWER,
  ],
  [
    'b64 false (RFC 7797)',
    header({ b64: false }),
    422,
    "Payload segment must be empty when 'b64' is false.",
    NEWER,
  ],
  ['expired', at((now) => ({ exp: PAST(now) })), 401, 'Token has expired'],
  ...(['exp', 'nbf', 'iat'] as const).flatMap((name) =>
    ['"x"', 'null', '[]', '{}', 'NaN', 'Infinity', '"1.5"', '""'].map((value): Row => [
      `${name} ${value}`,
      text(`"${name}":${value}`),
      422,
      INTEGER[name],
    ]),
  ),
  ['exp as digits', at((now) => ({ exp: String(now + 600) })), 200],
  ['exp as digits with spaces', at((now) => ({ exp: ` ${now + 600} ` })), 200],
  ['exp with underscores', claims({ exp: '9_999_999_999' }), 200],
  ['exp with a fraction', at((now) => ({ exp: now + 600.5 })), 200],
  ['a huge exp', text('"exp":1e308'), 200],
  ['exp true', claims({ exp: true }), 401, 'Token has expired'],
  ['exp 0', claims({ exp: 0 }), 401, 'Token has expired'],
  ['no exp', claims({ exp: undefined }), 200],
  [
    'nbf in the future',
    at((now) => ({ nbf: FUTURE(now) })),
    422,
    'The token is not yet valid (nbf)',
  ],
  [
    'iat in the future',
    at((now) => ({ iat: FUTURE(now) })),
    422,
    'The token is not yet valid (iat)',
  ],
  [
    'within the leeway',
    at((now) => ({ iat: now + 20, nbf: now + 20, exp: now - 20 })),
    200,
    undefined,
    { config: { JWT_DECODE_LEEWAY: 60 } },
  ],
  [
    'expired, and nbf in the future',
    at((now) => ({ exp: PAST(now), nbf: FUTURE(now) })),
    422,
    'The token is not yet valid (nbf)',
  ],
  [
    'expired, and iat in the future',
    at((now) => ({ exp: PAST(now), iat: FUTURE(now) })),
    422,
    'The token is not yet valid (iat)',
  ],
  [
    'expired, and another key',
    (now) =>
      sign(
        { ...claimsAt(now), exp: PAST(now) },
        undefined,
        'another secret of more than thirty-two bytes',
      ),
    422,
    BAD_SIGNATURE,
  ],
  [
    'expired, and the wrong issuer',
    at((now) => ({ exp: PAST(now), iss: 'x' })),
    422,
    'Invalid issuer',
    iss('y'),
  ],
  [
    'expired, and the wrong audience',
    at((now) => ({ exp: PAST(now), aud: 'x' })),
    422,
    "Audience doesn't match",
    { ...aud('y'), ...NEWER },
  ],
  [
    'expired, and a subject that is not a string',
    at((now) => ({ exp: PAST(now), sub: 5 })),
    422,
    'Subject must be a string',
    NEWER,
  ],
  [
    'expired, and a jti that is not a string',
    at((now) => ({ exp: PAST(now), jti: 5 })),
    422,
    'JWT ID must be a string',
    NEWER,
  ],
  [
    'expired, and no subject',
    at((now) => ({ exp: PAST(now), sub: undefined })),
    422,
    'Missing claim: sub',
  ],
  [
    'an expired refresh token on an access route',
    at((now) => ({ exp: PAST(now), type: 'refresh' })),
    401,
    'Token has expired',
  ],
  ['no issuer', claims({}), 422, 'Token is missing the "iss" claim', iss('y')],
  ['the wrong issuer', claims({ iss: 'x' }), 422, 'Invalid issuer', iss('y')],
  [
    'an issuer that is not a string',
    claims({ iss: 5 }),
    422,
    'Payload Issuer (iss) must be a string',
    { ...iss('y'), ...NEWER },
  ],
  [
    'one of several issuers',
    claims({ iss: 'y' }),
    200,
    undefined,
    { ...iss(['x', 'y']), ...NEWER },
  ],
  ['an issuer that must be empty', claims({ iss: 'x' }), 422, 'Invalid issuer', iss('')],
  ['no audience', claims({}), 422, 'Token is missing the "aud" claim', aud('y')],
  ...[[], '', null].map((value): Row => [
    `audience ${JSON.stringify(value)}`,
    claims({ aud: value }),
    422,
    'Token is missing the "aud" claim',
    aud('y'),
  ]),
  [
    'the wrong audience',
    claims({ aud: 'x' }),
    422,
    "Audience doesn't match",
    { ...aud('y'), ...NEWER },
  ],
  ['one of several audiences', claims({ aud: ['x', 'y'] }), 200, undefined, aud(['y', 'z'])],
  [
    'an audience that is a number',
    claims({ aud: 5 }),
    422,
    'Invalid claim format in token',
    aud('y'),
  ],
  ['an audience of numbers', claims({ aud: [5] }), 422, 'Invalid claim format in token', aud('y')],
  [
    'no audience is accepted',
    claims({ aud: 'y' }),
    422,
    "Audience doesn't match",
    { ...aud([]), ...NEWER },
  ],
  ['an audience that is not checked', claims({ aud: 'x' }), 200],
  [
    'issuer and audience wrong',
    claims({ iss: 'x', aud: 'x' }),
    422,
    'Invalid issuer',
    { config: { JWT_DECODE_ISSUER: 'y', JWT_DECODE_AUDIENCE: 'y' }, ...NEWER },
  ],
  ...[5, {}, [], false, null].map((sub): Row => [
    `subject ${JSON.stringify(sub)}`,
    claims({ sub }),
    422,
    'Subject must be a string',
    NEWER,
  ]),
  ...[5, {}, [], false].map((sub): Row => [
    `subject ${JSON.stringify(sub)}, with JWT_VERIFY_SUB false`,
    claims({ sub }),
    200,
    undefined,
    { config: { JWT_VERIFY_SUB: false } },
  ]),
  [
    'a subject that is not a string, with another identity claim',
    claims({ sub: 5, user: 'ada' }),
    422,
    'Subject must be a string',
    { config: { JWT_IDENTITY_CLAIM: 'user' }, ...NEWER },
  ],
  ['an empty subject', claims({ sub: '' }), 200],
  ['no subject', claims({ sub: undefined }), 422, 'Missing claim: sub'],
  ['no claims at all', () => sign({}), 422, 'Missing claim: sub'],
  [
    'no such identity claim',
    claims({}),
    422,
    'Missing claim: banana',
    { config: { JWT_IDENTITY_CLAIM: 'banana' } },
  ],
  ['a jti that is a number', claims({ jti: 5 }), 422, 'JWT ID must be a string', NEWER],
  ['a jti that is null', claims({ jti: null }), 422, 'JWT ID must be a string', NEWER],
  ['no jti', claims({ jti: undefined }), 200],
  ['only a subject', () => sign({ sub: 'ada' }), 200],
  ['a refresh token', claims({ type: 'refresh' }), 422, 'Only non-refresh tokens are allowed'],
  [
    'an access token on a refresh route',
    valid,
    422,
    'Only refresh tokens are allowed',
    { path: '/refresh' },
  ],
  [
    'a refresh token on a refresh route',
    claims({ type: 'refresh' }),
    200,
    undefined,
    { path: '/refresh' },
  ],
  [
    'a refresh token with verifyType false',
    claims({ type: 'refresh' }),
    200,
    undefined,
    { path: '/any' },
  ],
  ...[undefined, null, 'app'].flatMap((type): Row[] => [
    [`type ${type}`, claims({ type }), 200],
    [
      `type ${type} on a refresh route`,
      claims({ type }),
      422,
      'Only refresh tokens are allowed',
      { path: '/refresh' },
    ],
  ]),
  ['fresh', claims({ fresh: true }), 200, undefined, { path: '/fresh' }],
  [
    'fresh until a time in the future',
    at((now) => ({ fresh: FUTURE(now) + 0.5 })),
    200,
    undefined,
    { path: '/fresh' },
  ],
  [
    'no longer fresh',
    at((now) => ({ fresh: PAST(now) })),
    401,
    'Fresh token required',
    { path: '/fresh' },
  ],
  ['not fresh', claims({ fresh: false }), 401, 'Fresh token required', { path: '/fresh' }],
  ['no claim fresh', claims({ fresh: undefined }), 401, 'Fresh token required', { path: '/fresh' }],
  ...['soon', null, [], {}].map((fresh): Row => [
    `fresh ${JSON.stringify(fresh)}`,
    claims({ fresh }),
    401,
    'Fresh token required',
    { path: '/fresh', breaks: true },
  ]),
  [
    'a fresh refresh token',
    claims({ type: 'refresh', fresh: false }),
    401,
    'Fresh token required',
    { path: '/fresh-refresh' },
  ],
]

/** Tokens that are wrong in some way, and a few that only look so, with the expected responses. */
export const BAD_TOKENS: BadToken[] = ROWS.map(([name, token, status, message, more]) => ({
  name,
  token,
  status,
  ...(message !== undefined && { message }),
  ...more,
}))
