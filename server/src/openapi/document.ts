import { ATTEMPT_HEADER, COOKIES, HOST_PREFIX } from 'latchkey/protocol'
import { problem } from '../errors.ts'
import { version } from '../version.ts'
import type { Operation } from './operation.ts'
import { OPERATIONS } from './operations.ts'
import { ref, SCHEMAS, type Schema } from './schemas.ts'

/** The alternatives of security schemes for each kind of credential. */
const SECURITY: Readonly<
  Record<Operation['credential'], ReadonlyArray<Readonly<Record<string, readonly string[]>>>>
> = {
  none: [],
  'access token': [{ accessToken: [] }, { accessCookie: [] }],
  'refresh token': [{ refreshToken: [] }, { refreshCookie: [] }],
  client: [{ clientSecret: [] }],
  'any token': [{ accessToken: [] }, { refreshToken: [] }, { refreshCookie: [] }, {}],
}

/** Returns the description of the API (OpenAPI 3.1). Cookie names depend on `https`. */
export function openApi({ https }: { https: boolean }): Schema {
  const prefix = https ? HOST_PREFIX : ''
  const cookie = (name: string) => ({ type: 'apiKey', in: 'cookie', name: prefix + name })
  return {
    openapi: '3.1.0',
    info: {
      title: 'Latchkey',
      version,
      description:
        'A sign-in server with access tokens that live for minutes and refresh tokens that ' +
        'rotate. The body of every error is an ErrorResponse.',
    },
    paths: Object.fromEntries(
      Object.entries(OPERATIONS).map(([path, methods]) => [path, pathItem(path, methods)]),
    ),
    components: {
      schemas: SCHEMAS,
      securitySchemes: {
        accessToken: { ...bearer('An access token.'), bearerFormat: 'JWT' },
        refreshToken: bearer('A refresh token. Only for the refresh and the sign-out.'),
        clientSecret: {
          type: 'http',
          scheme: 'basic',
          description: 'The id and the secret of a client.',
        },
        accessCookie: cookie(COOKIES.access),
        refreshCookie: cookie(COOKIES.refresh),
      },
    },
  }
}

const bearer = (description: string) => ({ type: 'http', scheme: 'bearer', description })

function pathItem(path: string, methods: Readonly<Record<string, Operation>>): Schema {
  const id = { name: 'id', in: 'path', required: true, schema: { type: 'string' } }
  const operations = Object.entries(methods).map(([method, operation]) => [
    method,
    describe(`${method} ${path}`, operation),
  ])
  return { ...(path.includes('{id}') && { parameters: [id] }), ...Object.fromEntries(operations) }
}

function describe(
  name: string,
  {
    summary,
    description,
    credential,
    request,
    requestOptional = false,
    formOnly = false,
    attempt = false,
    ...responses
  }: Operation,
): Schema {
  const attemptHeader = {
    name: ATTEMPT_HEADER,
    in: 'header',
    required: false,
    schema: { type: 'string' },
    description: 'The id of this attempt and, after a comma, of the previous one.',
  }
  return {
    operationId: name.replace(
      /[^a-z]+(.)?/g,
      (_match, letter: string | undefined) => letter?.toUpperCase() ?? '',
    ),
    summary,
    ...(description !== undefined && { description }),
    security: SECURITY[credential],
    ...(attempt && { parameters: [attemptHeader] }),
    ...(request && {
      requestBody: {
        required: !requestOptional,
        content: contentOf(
          ref(request),
          ...(formOnly ? [] : ['application/json']),
          'application/x-www-form-urlencoded',
        ),
      },
    }),
    responses: responsesOf(responses),
  }
}

const contentOf = (schema: Schema, ...types: string[]): Schema =>
  Object.fromEntries(types.map((type) => [type, { schema }]))

function responsesOf({
  success,
  form = false,
  errors,
}: Pick<Operation, 'success' | 'form' | 'errors'>): Schema {
  const redirect = {
    description: 'For a form of a page: redirects to the next page.',
    headers: { Location: { schema: { type: 'string' } } },
  }
  const byStatus = Map.groupBy([...errors, 'internal_error' as const], statusOf)
  return {
    [success.status]: successOf(success),
    ...(form && { 303: redirect }),
    ...Object.fromEntries([...byStatus].map(([status, codes]) => [status, errorOf(status, codes)])),
  }
}

function successOf({ status, schema, type = 'application/json' }: Operation['success']): Schema {
  const body: Schema = schema === undefined ? { type: 'string' } : ref(schema)
  const isEmpty = status === 204 || (schema === undefined && type === 'application/json')
  return { description: 'Success.', ...(!isEmpty && { content: contentOf(body, type) }) }
}

const statusOf = (code: Operation['errors'][number]): number =>
  problem(code, { min: 0, max: 0, seconds: 0 }).status

function errorOf(status: number, codes: readonly string[]): Schema {
  const hasRetryAfter = status === 429 || status === 503
  const retryAfter = { description: 'Seconds.', schema: { type: 'integer' } }
  return {
    description: codes.join(', '),
    ...(hasRetryAfter && { headers: { 'Retry-After': retryAfter } }),
    content: contentOf(
      { allOf: [ref('ErrorResponse'), { properties: { error: { enum: [...new Set(codes)] } } }] },
      'application/json',
    ),
  }
}
