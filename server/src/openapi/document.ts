import { ATTEMPT_HEADER, COOKIES, HOST_PREFIX } from 'latchkey/protocol'
import { problem } from '../errors.ts'
import { version } from '../version.ts'
import { OPERATIONS, type Operation } from './operations.ts'
import { ref, SCHEMAS, type Schema } from './schemas.ts'

/** Security schemes by who may ask. */
const SECURITY: Readonly<
  Record<Operation['by'], ReadonlyArray<Readonly<Record<string, readonly string[]>>>>
> = {
  anybody: [],
  'access token': [{ accessToken: [] }, { accessCookie: [] }],
  'refresh token': [{ refreshToken: [] }, { refreshCookie: [] }],
  'any token': [{ accessToken: [] }, { refreshToken: [] }, { refreshCookie: [] }, {}],
}

/** The description of the API (OpenAPI 3.1). `https` decides the names of the cookies. */
export function openApi({ https }: { https: boolean }): Schema {
  const prefix = https ? HOST_PREFIX : ''
  const cookie = (name: string) => ({ type: 'apiKey', in: 'cookie', name: prefix + name })
  return {
    openapi: '3.1.0',
    info: {
      title: 'Latchkey',
      version,
      description:
        'A sign-in server: short access tokens, long refresh tokens. Every error is { "error": code, "message": sentence }.',
    },
    paths: Object.fromEntries(
      Object.entries(OPERATIONS).map(([path, methods]) => [path, pathItem(path, methods)]),
    ),
    components: {
      schemas: SCHEMAS,
      securitySchemes: {
        accessToken: { ...bearer('An access token.'), bearerFormat: 'JWT' },
        refreshToken: bearer('A refresh token; it opens nothing but the refresh and the sign-out.'),
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
  { summary, description, by, takes, bodyOptional = false, attempt = false, ...answers }: Operation,
): Schema {
  const attempts = {
    name: ATTEMPT_HEADER,
    in: 'header',
    required: false,
    schema: { type: 'string' },
    description: 'The id of this attempt and of the one before it.',
  }
  return {
    operationId: name.replace(
      /[^a-z]+(.)?/g,
      (_match, letter: string | undefined) => letter?.toUpperCase() ?? '',
    ),
    summary,
    ...(description !== undefined && { description }),
    security: SECURITY[by],
    ...(attempt && { parameters: [attempts] }),
    ...(takes && {
      requestBody: {
        required: !bodyOptional,
        content: contentOf(ref(takes), 'application/json', 'application/x-www-form-urlencoded'),
      },
    }),
    responses: responsesOf(answers),
  }
}

const contentOf = (schema: Schema, ...types: string[]): Schema =>
  Object.fromEntries(types.map((type) => [type, { schema }]))

function responsesOf({
  gives: { status, schema, type = 'application/json' },
  form = false,
  refuses,
}: Pick<Operation, 'gives' | 'form' | 'refuses'>): Schema {
  const content =
    schema === undefined
      ? status === 204
        ? undefined
        : contentOf({ type: 'string' }, type)
      : contentOf(ref(schema), type)
  const success = { description: 'Done.', ...(content && { content }) }
  const goOn = {
    description: 'For a form of a page: the way to the next page.',
    headers: { Location: { schema: { type: 'string' } } },
  }
  const codes = [...refuses, 'internal_error' as const]
  const statuses = new Set(codes.map(statusOf))
  return {
    [status]: success,
    ...(form && { 303: goOn }),
    ...Object.fromEntries(
      [...statuses].map((each) => [
        each,
        refusalOf(
          each,
          codes.filter((code) => statusOf(code) === each),
        ),
      ]),
    ),
  }
}

const statusOf = (code: Operation['refuses'][number]): number =>
  problem(code, { min: 0, max: 0, seconds: 0 }).status

function refusalOf(status: number, codes: readonly string[]): Schema {
  const waits = status === 429 || status === 503
  return {
    description: codes.join(', '),
    ...(waits && {
      headers: { 'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } } },
    }),
    content: contentOf(
      { allOf: [ref('Error'), { properties: { error: { enum: [...new Set(codes)] } } }] },
      'application/json',
    ),
  }
}
