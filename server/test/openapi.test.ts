import { ERRORS } from 'latchkey'
import { expect, test } from 'vitest'
import { programRoutes } from '../src/http/app.ts'
import { SERVER_ERRORS } from '../src/errors.ts'
import { OPERATIONS } from '../src/openapi/operations.ts'
import { Jar, type HttpResponse } from './client.ts'
import {
  HOUR,
  MINUTE,
  PASSWORD,
  startServer,
  type TestServer,
  UNUSED_LIBRARY_CODES,
} from './server.ts'

interface Document {
  openapi: string
  paths: Record<
    string,
    Record<
      string,
      {
        operationId: string
        responses: Record<string, { content?: Record<string, { schema: JsonSchema }> }>
      }
    >
  >
  components: { schemas: Record<string, JsonSchema> }
}

const documentOf = async ({ send }: TestServer) =>
  (await send('GET', '/openapi.json')).body as unknown as Document

test('OpenAPI: describes every route for programs and no other', async () => {
  const server = await startServer()
  const { paths, openapi } = await documentOf(server)
  expect(openapi).toBe('3.1.0')
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods)
      .filter((key) => key !== 'parameters')
      .map((method) => `${method} ${path}`),
  )
  const existing = programRoutes(server.services).flatMap((routes) =>
    Object.entries(routes).flatMap(([path, methods]) =>
      Object.keys(methods).map(
        (method) => `${method.toLowerCase()} ${path.replace(/:(\w+)/, '{$1}')}`,
      ),
    ),
  )
  expect(described.sort()).toEqual(existing.sort())
  const ids = Object.values(paths).flatMap((methods) =>
    Object.values(methods).flatMap(({ operationId }) => operationId ?? []),
  )
  expect(new Set(ids).size).toBe(ids.length)
})

test('OpenAPI: lists every error code for some route, and no unknown code', async () => {
  const listed = new Set(
    Object.values(OPERATIONS).flatMap((methods) =>
      Object.values(methods).flatMap(({ errors }) => errors),
    ),
  )
  const own = Object.keys({ ...ERRORS, ...SERVER_ERRORS }).filter(
    (code) => !UNUSED_LIBRARY_CODES.has(code),
  )
  expect([...listed, 'internal_error'].sort()).toEqual(own.sort())
})

test('OpenAPI: every reference resolves', async () => {
  const document = await documentOf(await startServer())
  const references = [
    ...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g),
  ].map(([, name]) => name!)
  expect(references.length).toBeGreaterThan(20)
  for (const name of references) expect(document.components.schemas).toHaveProperty(name)
})

/** The part of JSON Schema that the document uses. */
interface JsonSchema {
  $ref?: string
  type?: string
  properties?: Record<string, JsonSchema>
  additionalProperties?: boolean
  required?: string[]
  items?: JsonSchema
  anyOf?: JsonSchema[]
  allOf?: JsonSchema[]
  enum?: unknown[]
  const?: unknown
}

/** Validates a value. Returns what is wrong; `at` is the path of the value. */
function schemaErrors(value: unknown, schema: JsonSchema, document: Document, at = '$'): string[] {
  const { $ref, type, items, anyOf, allOf, enum: values } = schema
  const check = (part: JsonSchema) => schemaErrors(value, part, document, at)
  if ($ref !== undefined) return check(document.components.schemas[$ref.split('/').at(-1)!]!)
  if (allOf !== undefined) return allOf.flatMap(check)
  if (anyOf !== undefined)
    return anyOf.some((choice) => check(choice).length === 0) ? [] : [`${at} matches no choice`]
  if ('const' in schema && schema.const !== value) return [`${at} is not ${String(schema.const)}`]
  if (values !== undefined && !values.includes(value)) return [`${at} is not in the list`]
  const actual = typeOf(value)
  if (type !== undefined && type !== actual) return [`${at} is ${actual}, not ${type}`]
  if (actual === 'array' && items !== undefined)
    return (value as unknown[]).flatMap((item, index) =>
      schemaErrors(item, items, document, `${at}[${index}]`),
    )
  return actual === 'object'
    ? objectErrors(value as Record<string, unknown>, schema, document, at)
    : []
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return Number.isInteger(value) ? 'integer' : typeof value
}

function objectErrors(
  members: Record<string, unknown>,
  { type, properties = {}, required = [], additionalProperties }: JsonSchema,
  document: Document,
  at: string,
): string[] {
  const missing = required.filter((name) => !(name in members))
  const isClosed = type === 'object' && additionalProperties !== true
  const unknown = isClosed ? Object.keys(members).filter((name) => !(name in properties)) : []
  const nested = Object.entries(properties).flatMap(([name, schema]) =>
    name in members ? schemaErrors(members[name], schema, document, `${at}.${name}`) : [],
  )
  return [
    ...missing.map((name) => `${at}.${name} is missing`),
    ...unknown.map((name) => `${at}.${name} is not described`),
    ...nested,
  ]
}

/** Checks responses against the document, and remembers their operations in `seen`. */
const responseChecker =
  (document: Document, seen: Set<string>) =>
  async (operation: string, pending: Promise<HttpResponse>): Promise<HttpResponse> => {
    const response = await pending
    const { status, body, text } = response
    const [method, path] = operation.split(' ') as [string, string]
    const described = document.paths[path]![method]!.responses[status]
    expect(described, `${operation} ${status}`).toBeDefined()
    const schema = described!.content?.['application/json']?.schema
    if (schema === undefined) expect([operation, text]).toEqual([operation, ''])
    else
      expect([operation, status, schemaErrors(body, schema, document)]).toEqual([
        operation,
        status,
        [],
      ])
    seen.add(operation)
    return response
  }

test('OpenAPI: real responses match the document', async () => {
  const client = { client_id: 'shop', client_secret: 's'.repeat(40) }
  const LATCHKEY_CLIENTS = `${client.client_id}:${client.client_secret}`
  const server = await startServer({ LATCHKEY_CLIENTS })
  const seen = new Set<string>()
  const call = responseChecker(await documentOf(server), seen)
  const { send, origin, clock } = server
  const json = { username: 'ada', password: PASSWORD }
  const { refresh_token } = (await call('post /register', send('POST', '/register', { json })))
    .body as unknown as { refresh_token: string }
  await call('post /register', send('POST', '/register', { json }))
  const jar = new Jar()
  await call(
    'post /login',
    send('POST', '/login', { json: { ...json, mode: 'cookie' }, jar, headers: { origin } }),
  )
  await call(
    'post /login',
    send('POST', '/login', { json: { ...json, password: 'a guess that is wrong' } }),
  )
  await call(
    'post /login',
    send('POST', '/login', { json, headers: { origin: 'https://evil.example' } }),
  )
  const { access_token: token, session_id } = (
    await call('post /login', send('POST', '/login', { json }))
  ).body as unknown as { access_token: string; session_id: string }
  for (let times = 0; times < 2; times++) {
    clock.advance(2 * MINUTE)
    const refreshed = await call(
      'post /refresh',
      send('POST', '/refresh', { json: { refresh_token } }),
    )
    await send('GET', '/protected', { token: String(refreshed.body.access_token) })
    await call('get /session', send('GET', '/session', { token }))
    if (times === 0) await send('POST', '/refresh', { token: String(refreshed.body.refresh_token) })
  }
  await call('get /sessions', send('GET', '/sessions', { token }))
  await call('post /ticket', send('POST', '/ticket', { token }))
  await call('post /ticket', send('POST', '/ticket', { json: { audience: 7 }, token }))
  await call('get /protected', send('GET', '/protected', { token }))
  await call('get /verify', send('GET', '/verify', { token }))
  await call('get /verify', send('GET', '/verify'))
  await call('get /protected', send('GET', '/protected'))
  await call('delete /sessions/{id}', send('DELETE', `/sessions/${'A'.repeat(22)}`, { token }))
  await call('delete /sessions', send('DELETE', '/sessions', { token }))
  await call(
    'post /account/password',
    send('POST', '/account/password', {
      json: { current_password: PASSWORD, new_password: 'short' },
      token,
    }),
  )
  await call(
    'post /account/password',
    send('POST', '/account/password', {
      json: { current_password: PASSWORD, new_password: 'quite another sentence' },
      token,
    }),
  )
  await call('delete /sessions/{id}', send('DELETE', `/sessions/${session_id}`, { token }))
  await call('post /logout', send('POST', '/logout'))
  for (const path of ['/introspect', '/revoke'] as const) {
    await call(`post ${path}`, send('POST', path, { form: { token } }))
    for (const form of [client, { ...client, token }])
      await call(`post ${path}`, send('POST', path, { form }))
  }
  for (const path of [
    '/healthz',
    '/readyz',
    '/openapi.json',
    '/.well-known/jwks.json',
    '/.well-known/oauth-authorization-server',
  ])
    await call(`get ${path}`, send('GET', path))
  clock.advance(HOUR)
  await call('get /session/events', send('GET', '/session/events', { token }))
  expect([...seen].sort()).toEqual(
    Object.entries(OPERATIONS)
      .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`))
      .sort(),
  )
})
