import type { Job } from './python.ts'
import { claimsAt, sign } from './tokens.ts'

const POSTED = ['POST', 'PUT', 'PATCH', 'DELETE', 'GET', 'HEAD']
const FORM = 'application/x-www-form-urlencoded'
const JSON_TYPE = { 'Content-Type': 'application/json' }

/** Requests of every shape, each with its configuration. `now` is in seconds. */
export function requestTable(now: number): Job[] {
  const access = sign(claimsAt(now))
  const refresh = sign({ ...claimsAt(now), type: 'refresh' })
  const expired = sign({ ...claimsAt(now), exp: now - 60 })
  const csrf = claimsAt(now).csrf as string
  const bearer = (values: string[]) =>
    values.map((Authorization) => ({ headers: { Authorization } }))
  const shapes = (type: string) => [
    `${type} ${access}`,
    `${type}  ${access}`,
    `${type}\t${access}`,
    `${type} ${access},`,
    `${type} ${access}, ,`,
    `,${type} ${access}`,
    `Basic abc, ${type} ${access}`,
    `Basic abc,${type} ${access}`,
    `${type} ${access}, Basic abc`,
    `Foo,, ${type} ${access}`,
    '',
    ',',
    ' , ',
    `${type.toLowerCase()} ${access}`,
    `${type.toUpperCase()} ${access}`,
    access,
    `Token ${access}`,
    `${type}:${access}`,
    'Basic abc',
    `${type} ${access}, ${type} ${access}`,
    `${type} x, ${type} ${access}`,
    type,
    `${type} `,
    `${type} ${access} extra`,
    `${type},${access}`,
    `${type} ,,0`,
    `${type} xxx`,
    'Foo 1, Bar 2, Baz, 3',
    `Foo 1, ${type}, Baz, 3`,
    `Foo 1, ${type} 2, Baz, 3`,
    'basic creds',
  ]
  const cookie = (name: string, value: string, more: Record<string, string> = {}) => ({
    headers: { Cookie: `${name}=${value}`, ...more },
  })
  const cookieCases = [
    { headers: {} },
    ...POSTED.map((method) => ({ method, ...cookie('access_token_cookie', access) })),
    ...POSTED.map((method) => ({
      method,
      ...cookie('access_token_cookie', access, { 'X-CSRF-TOKEN': csrf }),
    })),
    ...['', 'wrong', csrf.toUpperCase()].map((value) => ({
      method: 'POST',
      ...cookie('access_token_cookie', access, { 'X-CSRF-TOKEN': value }),
    })),
    cookie('access_token_cookie', ''),
    cookie('access_token_cookie', `"${access}"`),
    cookie('access_token_cookie', `${access}; access_token_cookie=x`),
    cookie('access_token_cookie', `x; access_token_cookie=${access}`),
    cookie('refresh_token_cookie', refresh),
    cookie('a=b; access_token_cookie', access),
    cookie('access_token_cookie', 'x'),
    { method: 'POST', ...cookie('access_token_cookie', 'x') },
    { method: 'POST', ...cookie('access_token_cookie', expired) },
    { method: 'POST', ...cookie('access_token_cookie', expired, { 'X-CSRF-TOKEN': 'wrong' }) },
    { method: 'POST', ...cookie('access_token_cookie', expired, { 'X-CSRF-TOKEN': csrf }) },
    { method: 'POST', ...cookie('access_token_cookie', refresh, { 'X-CSRF-TOKEN': 'wrong' }) },
    { path: '/refresh', ...cookie('refresh_token_cookie', refresh) },
    { path: '/refresh', method: 'POST', ...cookie('refresh_token_cookie', refresh) },
    {
      path: '/refresh',
      method: 'POST',
      ...cookie('refresh_token_cookie', refresh, { 'X-CSRF-TOKEN': csrf }),
    },
    { path: '/refresh', ...cookie('access_token_cookie', access) },
    { path: '/any', ...cookie('refresh_token_cookie', refresh) },
    { path: '/any', ...cookie('access_token_cookie', refresh) },
    { path: '/optional', method: 'POST' },
    { path: '/optional', method: 'POST', ...cookie('access_token_cookie', access) },
    {
      method: 'POST',
      headers: { Cookie: `access_token_cookie=${access}`, 'Content-Type': FORM },
      body: `csrf_token=${csrf}`,
    },
    {
      method: 'POST',
      headers: {
        Cookie: `access_token_cookie=${access}`,
        'Content-Type': FORM,
        'X-CSRF-TOKEN': 'wrong',
      },
      body: `csrf_token=${csrf}`,
    },
    {
      method: 'POST',
      headers: {
        Cookie: `access_token_cookie=${access}`,
        'Content-Type': FORM,
        'X-CSRF-TOKEN': '',
      },
      body: `csrf_token=${csrf}`,
    },
    {
      method: 'POST',
      headers: {
        Cookie: `access_token_cookie=${sign({ ...claimsAt(now), csrf: undefined })}`,
        'X-CSRF-TOKEN': csrf,
      },
    },
  ]
  const bodies = [
    undefined,
    '',
    'null',
    '[]',
    '{}',
    '0',
    '""',
    'false',
    '{',
    '{"a":1}',
    '{"access_token":null}',
    '{"access_token":""}',
    '{"access_token":0}',
    '{"access_token":5}',
    '{"access_token":["x"]}',
    '{"access_token":"x"}',
    '{"access_token":{}}',
    `{"access_token":"${access}"}`,
    `{"access_token":"x","access_token":"${access}"}`,
  ]
  const jsonCases = [
    ...bodies.map((body) => ({
      method: 'POST',
      headers: JSON_TYPE,
      ...(body !== undefined && { body }),
    })),
    ...[
      'application/json;charset=UTF-8',
      'APPLICATION/JSON',
      'application/vnd.api+json',
      'application/jsonx',
      'text/json',
      'text/plain',
      FORM,
    ].map((type) => ({
      method: 'POST',
      headers: { 'Content-Type': type },
      body: `{"access_token":"${access}"}`,
    })),
    { method: 'GET', headers: JSON_TYPE, body: `{"access_token":"${access}"}` },
    {
      path: '/refresh',
      method: 'POST',
      headers: JSON_TYPE,
      body: `{"refresh_token":"${refresh}"}`,
    },
    { path: '/refresh', method: 'POST', headers: JSON_TYPE, body: `{"access_token":"${refresh}"}` },
    { path: '/optional', method: 'POST', headers: JSON_TYPE, body: '{}' },
  ]
  const queries = [
    '',
    'jwt=',
    `jwt=${access}`,
    `jwt=${access}&jwt=x`,
    `jwt=x&jwt=${access}`,
    'jwt=x',
    `a=b&jwt=${access}`,
    `jwt=bearer%20${access}`,
    `jwt=Bearer%20${access}`,
    `foo=${access}`,
  ]
  const queryCases = queries.map((query) => ({ query }))
  const several = [
    { headers: {} },
    { headers: { Authorization: `Bearer ${access}` } },
    { headers: { Authorization: 'Bearer x', Cookie: `access_token_cookie=${access}` } },
    { headers: { Authorization: 'Basic x', Cookie: `access_token_cookie=${access}` } },
    { headers: { Authorization: 'Bearer', Cookie: `access_token_cookie=${access}` } },
    {
      method: 'POST',
      headers: { Authorization: `Bearer ${access}`, Cookie: `access_token_cookie=${access}` },
    },
    { query: `jwt=${access}` },
    { method: 'POST', headers: JSON_TYPE, body: `{"access_token":"${access}"}` },
    { headers: { Cookie: `access_token_cookie=${access}` }, query: 'jwt=x' },
    { path: '/optional' },
  ]
  const orders = [
    ['headers', 'cookies'],
    ['cookies', 'headers'],
    ['json', 'query_string'],
    ['headers', 'cookies', 'query_string', 'json'],
    ['query_string', 'json', 'cookies', 'headers'],
  ]
  const paths = ['/plain', '/optional', '/fresh', '/refresh', '/any']
  const tokens = [access, refresh, expired, sign({ ...claimsAt(now), fresh: true }), 'x']
  return [
    {
      config: {},
      cases: [
        { headers: {} },
        ...bearer(shapes('Bearer')),
        ...bearer(shapes('Bearer')).map((shape) => ({ ...shape, path: '/optional' })),
      ],
    },
    {
      config: {},
      cases: paths.flatMap((path) =>
        tokens.map((token) => ({ path, headers: { Authorization: `Bearer ${token}` } })),
      ),
    },
    {
      config: { JWT_HEADER_TYPE: 'JWT' },
      cases: bearer([...shapes('JWT'), ...shapes('Bearer').slice(0, 4)]),
    },
    {
      config: { JWT_HEADER_TYPE: '' },
      cases: bearer([access, `Bearer ${access}`, '', `${access},`, ` ${access}`, `${access} x`]),
    },
    {
      config: { JWT_HEADER_NAME: 'Foo' },
      cases: [
        { headers: { Authorization: `Bearer ${access}` } },
        { headers: { Foo: `Bearer ${access}` } },
        { headers: { foo: `Basic x, Bearer ${access}` } },
      ],
    },
    {
      config: { JWT_ERROR_MESSAGE_KEY: 'message' },
      cases: [{ headers: {} }, ...bearer(['Bearer x', `Bearer ${expired}`])],
    },
    { config: { JWT_TOKEN_LOCATION: 'cookies' }, cases: cookieCases },
    { config: { JWT_TOKEN_LOCATION: 'cookies', JWT_CSRF_CHECK_FORM: true }, cases: cookieCases },
    {
      config: { JWT_TOKEN_LOCATION: 'cookies', JWT_COOKIE_CSRF_PROTECT: false },
      cases: cookieCases,
    },
    {
      config: {
        JWT_TOKEN_LOCATION: 'cookies',
        JWT_CSRF_METHODS: ['GET'],
        JWT_ACCESS_CSRF_HEADER_NAME: 'FOO',
      },
      cases: [...cookieCases, cookie('access_token_cookie', access, { FOO: csrf })],
    },
    {
      config: {
        JWT_TOKEN_LOCATION: 'cookies',
        JWT_ACCESS_COOKIE_NAME: 'new',
        JWT_CSRF_CHECK_FORM: true,
        JWT_ACCESS_CSRF_FIELD_NAME: 'FOO',
      },
      cases: [
        ...cookieCases,
        cookie('new', access),
        {
          method: 'POST',
          headers: { Cookie: `new=${access}`, 'Content-Type': FORM },
          body: `FOO=${csrf}`,
        },
      ],
    },
    { config: { JWT_TOKEN_LOCATION: 'json' }, cases: jsonCases },
    {
      config: { JWT_TOKEN_LOCATION: ['json'], JWT_JSON_KEY: 'Foo', JWT_REFRESH_JSON_KEY: 'Bar' },
      cases: [...jsonCases, { method: 'POST', headers: JSON_TYPE, body: `{"Foo":"${access}"}` }],
    },
    { config: { JWT_TOKEN_LOCATION: ['query_string'] }, cases: queryCases },
    {
      config: {
        JWT_TOKEN_LOCATION: ['query_string'],
        JWT_QUERY_STRING_VALUE_PREFIX: 'bearer ',
        JWT_QUERY_STRING_NAME: 'jwt',
      },
      cases: queryCases,
    },
    {
      config: { JWT_TOKEN_LOCATION: ['query_string'], JWT_QUERY_STRING_NAME: 'foo' },
      cases: queryCases,
    },
    ...orders.map((JWT_TOKEN_LOCATION) => ({ config: { JWT_TOKEN_LOCATION }, cases: several })),
    ...[
      { revoked: true },
      { revoked: false },
      { verified: false },
      { verified: true },
      { user: null },
      { user: 'Ada' },
      { revoked: true, verified: false, user: null },
      { revoked: false, verified: false, user: null },
    ].map((callbacks) => ({
      config: {},
      callbacks,
      cases: [...paths, '/skip'].flatMap((path) =>
        [access, refresh].map((token) => ({ path, headers: { Authorization: `Bearer ${token}` } })),
      ),
    })),
    {
      config: { JWT_VERIFY_SUB: false },
      callbacks: { user: null },
      cases: [{ a: 1, b: ['x', "y'z", 'q"\''] }, 5, 1.5, true, [null, 'é\n']].map((sub) => ({
        headers: { Authorization: `Bearer ${sign({ ...claimsAt(now), sub })}` },
      })),
    },
  ]
}
