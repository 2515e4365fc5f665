import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { askLatchkey, type JsonResponse } from './ask-latchkey.ts'
import { BAD_TOKENS } from './bad-tokens.ts'
import { askFlask, PYTHON, type Case, type Job } from './python.ts'
import { requestTable } from './requests.ts'
import { claimsAt, SECRET, sign } from './tokens.ts'

const NOW = Math.floor(Date.now() / 1000)
const withSecret = (jobs: Job[]): Job[] =>
  jobs.map((job) => ({ ...job, config: { JWT_SECRET_KEY: SECRET, ...job.config } }))

const { versions } = PYTHON === null ? { versions: {} as Record<string, string> } : askFlask([])
/** False for older versions, such as those of Debian. */
const isReference =
  Number(versions['flask-jwt-extended']?.replace(/^(\d+)\.(\d+).*/, '$1.$2')) >= 4.7 &&
  Number(versions.pyjwt?.split('.')[1]) >= 15

/** The callbacks that correspond to those of the Python service. */
function callbacksOf({ revoked, verified, user }: Record<string, unknown> = {}) {
  return {
    ...(revoked !== undefined && { isRevoked: () => revoked as boolean }),
    ...(verified !== undefined && { verifyClaims: () => verified as boolean }),
    ...(user !== undefined && { lookupUser: () => user }),
  }
}

/** Old versions of PyJWT report another error of a malformed token first. */
const MALFORMED =
  /^(?:Invalid (?:header|payload|crypto) |Not enough segments|Signature verification failed)/

const withoutDetails = ({ status, body }: JsonResponse): JsonResponse => {
  const { msg } = (body ?? {}) as { msg?: unknown }
  return typeof msg === 'string' && MALFORMED.test(msg)
    ? { status, body: 'malformed' }
    : { status, body }
}

/**
 * Expects equal responses. If Flask-JWT-Extended responds with 500, a refusal is expected, or with
 * an old version anything below 500.
 */
function expectSame(ours: JsonResponse, theirs: JsonResponse, requested: unknown) {
  const label = JSON.stringify(requested)
  // An old PyJWT ignores characters that are not base64url, and accepts the token.
  if (!isReference && theirs.status === 200 && withoutDetails(ours).body === 'malformed') return
  if (theirs.status !== 500) {
    if (isReference) expect(ours, label).toEqual(theirs)
    else expect(withoutDetails(ours), label).toEqual(withoutDetails(theirs))
    return
  }
  expect(ours.status, label).toBeLessThan(500)
  if (isReference) expect(ours.status, label).toBeGreaterThanOrEqual(400)
}

describe.skipIf(PYTHON === null)('compared with Flask-JWT-Extended', () => {
  test('bad tokens get the same response', async () => {
    const rows = BAD_TOKENS.filter(({ newer }) => isReference || newer === undefined)
    const tokens = rows.map(({ token }) => token(NOW))
    const cases = rows.map(({ path }, index): Case => ({
      headers: { Authorization: `Bearer ${tokens[index]}` },
      ...(path !== undefined && { path }),
    }))
    const { results } = askFlask(
      withSecret(rows.map(({ config = {} }, index) => ({ config, cases: [cases[index]!] }))),
    )
    for (const [index, { name, config = {}, status, message, breaks }] of rows.entries()) {
      const theirs = results[index]![0] as JsonResponse
      if (!isReference && theirs.status === 500) continue
      expect({
        name,
        status: theirs.status,
        ...(theirs.status !== 200 && theirs.status !== 500 && { body: theirs.body }),
      }).toEqual(
        breaks
          ? { name, status: 500 }
          : { name, status, ...(message !== undefined && { body: { msg: message } }) },
      )
      expectSame(await askLatchkey(config, cases[index]!), theirs, name)
    }
  })

  test('requests of every shape get the same response', async () => {
    const jobs = requestTable(NOW).map((job) => ({
      ...job,
      cases: job.cases.filter(({ path }) => isReference || path !== '/skip'),
    }))
    const { results } = askFlask(withSecret(jobs))
    let compared = 0
    for (const [index, { config, callbacks, cases }] of jobs.entries()) {
      for (const [caseIndex, request] of cases.entries()) {
        const theirs = results[index]![caseIndex] as JsonResponse
        const ours = await askLatchkey(config, request, callbacksOf(callbacks))
        expectSame(request.method === 'HEAD' ? { ...ours, body: null } : ours, theirs, {
          config,
          request,
        })
        compared++
      }
    }
    expect(compared).toBeGreaterThan(400)
  })

  test('generated requests get the same response', async () => {
    const words = fc.constantFrom(
      'Bearer',
      'bearer',
      'Basic',
      'JWT',
      ',',
      ', ',
      ' ',
      '  ',
      '\t',
      ';',
      '',
      'x',
      'a.b',
      sign(claimsAt(NOW)),
      sign({ ...claimsAt(NOW), type: 'refresh' }),
      sign({ ...claimsAt(NOW), exp: NOW - 60 }),
    )
    const value = fc.array(words, { maxLength: 7 }).map((list) => list.join(''))
    const cookies = fc.array(
      fc.tuple(fc.constantFrom('access_token_cookie', 'refresh_token_cookie', 'x'), value),
      { maxLength: 3 },
    )
    const requests = fc.record({
      path: fc.constantFrom('/plain', '/optional', '/fresh', '/refresh', '/any'),
      method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE'),
      authorization: fc.option(value, { nil: undefined }),
      cookies: fc.option(cookies, { nil: undefined }),
      csrf: fc.option(fc.constantFrom(claimsAt(NOW).csrf as string, 'x', ''), { nil: undefined }),
      query: fc.option(
        value.map((text) => `jwt=${encodeURIComponent(text)}`),
        { nil: undefined },
      ),
      // For a list or a number it responds with 500, and Latchkey searches the next location.
      body: fc.option(
        fc.oneof(
          fc.constantFrom('', '{', 'null', '[]', '{}', '0'),
          value.map((text) => JSON.stringify({ access_token: text, refresh_token: text })),
        ),
        { nil: undefined },
      ),
      config: fc.record({
        JWT_TOKEN_LOCATION: fc.shuffledSubarray(['headers', 'cookies', 'query_string', 'json'], {
          minLength: 1,
        }),
        JWT_COOKIE_CSRF_PROTECT: fc.boolean(),
        JWT_HEADER_TYPE: fc.constantFrom('Bearer', 'JWT', ''),
      }),
    })
    const samples = fc.sample(requests, { numRuns: 300, seed: 20_260 })
    const jobs = samples.map(
      ({ path, method, authorization, cookies, csrf, query, body, config }): Job => {
        const headers = {
          ...(authorization !== undefined && { Authorization: authorization.trim() }),
          ...(cookies !== undefined && {
            Cookie: cookies
              .map(([name, text]) => `${name}=${text.replace(/[;,\s]/g, '')}`)
              .join('; '),
          }),
          ...(csrf !== undefined && { 'X-CSRF-TOKEN': csrf }),
          ...(body !== undefined && { 'Content-Type': 'application/json' }),
        }
        return {
          config,
          cases: [
            {
              path,
              method,
              headers,
              ...(query !== undefined && { query }),
              ...(body !== undefined && { body }),
            },
          ],
        }
      },
    )
    const { results } = askFlask(withSecret(jobs))
    for (const [index, { config, cases }] of jobs.entries())
      expectSame(
        await askLatchkey(config, cases[0]!),
        results[index]![0] as JsonResponse,
        jobs[index],
      )
  })
})
