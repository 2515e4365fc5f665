/**
 * What every runtime must be able to do, without a test runner: tokens with each algorithm, and a
 * session through the Fetch routes.
 */
import { generateKeyPairSync } from 'node:crypto'
import { createAuth } from 'latchkey'
import { getAuth, guard, routes } from 'latchkey/fetch'
import { memoryStore } from 'latchkey/stores/memory'

const ORIGIN = 'https://app.example'
const SECRET = 'a secret of the matrix that is longer than sixty-four bytes, for HS512 too'

/** Key pairs by algorithm (RFC 7518, section 3.1, and RFC 9864). */
const KEY_PAIRS = {
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  RS384: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  RS512: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  PS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  PS384: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  PS512: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  ES512: () => generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  Ed25519: () => generateKeyPairSync('ed25519'),
} as const

type Check = [name: string, run: () => Promise<boolean> | boolean]

const CHECKS: Check[] = [
  ['HS256: a token made here is accepted here', acceptsSecretToken],
  ...Object.entries(KEY_PAIRS).map(([alg, generate]): Check => [
    `${alg}: a token made here is accepted here`,
    async () => acceptsKeyToken(alg, generate().privateKey.export({ format: 'jwk' })),
  ]),
  ['a session: sign in, request, refresh, sign out', passesThroughSession],
]

async function acceptsSecretToken(): Promise<boolean> {
  const auth = createAuth({ secret: SECRET })
  return (await auth.checkToken(auth.createAccessToken('ada'))).ok
}

async function acceptsKeyToken(alg: string, jwk: object): Promise<boolean> {
  const auth = createAuth({ keys: [{ ...jwk, alg, kid: 'k' }] as never })
  return (await auth.checkToken(auth.createAccessToken('ada'))).ok
}

async function passesThroughSession(): Promise<boolean> {
  const auth = createAuth({ secret: SECRET, store: memoryStore() })
  const respond = routes(auth, { signIn: ({ password }) => (password === 'pw' ? 'ada' : null) })
  const me = guard(auth, (request) => new Response(getAuth(request).identity))
  const send = async (path: string, token?: string, body?: object): Promise<Response> => {
    const request = new Request(ORIGIN + path, {
      method: path === '/me' ? 'GET' : 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return path === '/me' ? me(request) : (await respond(request))!
  }
  try {
    const first = (await (await send('/login', undefined, { password: 'pw' })).json()) as Tokens
    const greeting = await (await send('/me', first.access_token)).text()
    const next = (await (await send('/refresh', first.refresh_token)).json()) as Tokens
    const signedOut = (await send('/logout', next.refresh_token)).status
    const after = (await send('/me', next.access_token)).status
    return greeting === 'ada' && signedOut === 204 && after === 401
  } finally {
    auth.close()
  }
}

interface Tokens {
  access_token: string
  refresh_token: string
}

/** Runs all checks and returns the names of those that failed, with their errors. */
export async function failedChecks(): Promise<string[]> {
  const failed: string[] = []
  for (const [name, run] of CHECKS) {
    const result = await Promise.resolve()
      .then(run)
      .catch((error: unknown) => String(error))
    if (result !== true) failed.push(result === false ? name : `${name}: ${result}`)
  }
  return failed
}
