import { createAuth } from '../http/auth.ts'
import type { SessionAuth } from '../http/auth-types.ts'
import type { RoutesOptions } from '../http/routes/index.ts'
import type { CheckCredentials } from '../http/routes/limited-sign-in.ts'
import { memoryStore } from '../stores/memory.ts'
import { createTestClient, type HttpCases } from './http-cases/case.ts'
import { BODIES } from './http-cases/bodies.ts'
import { CONNECTIONS } from './http-cases/connections.ts'
import { CORS } from './http-cases/cors.ts'
import { CSRF } from './http-cases/csrf.ts'
import { GUARDS } from './http-cases/guards.ts'
import { MISTAKE_CASES, MISTAKES } from './http-cases/mistakes.ts'
import { OWN_SIGN_IN } from './http-cases/own-sign-in.ts'
import { BASE_PATH, PATHS, TENANT_PATH } from './http-cases/paths.ts'
import { OWN_ANSWER, OWN_ANSWERS, ownAnswer } from './http-cases/own-answers.ts'
import { REFUSALS } from './http-cases/refusals.ts'
import { SESSIONS } from './http-cases/sessions.ts'
import { SIGN_IN_LIMITS } from './http-cases/sign-in-limits.ts'
import { TOKENS } from './http-cases/tokens.ts'

/** An app that uses the adapter, listening on a port of its own. */
export interface RunningApp {
  /** Such as `http://127.0.0.1:49152`. */
  origin: string
  close(): unknown
}

export interface HttpContract {
  /** The `test` function of the test runner. */
  test(name: string, body: () => Promise<void>): unknown
  /**
   * Starts an app that uses `guard`, `getAuth`, `routes`, `signIn` and `sendTokens` of the adapter.
   * A CORS middleware before them allows `https://app.example`, and responds to preflights with
   * 204. The app mounts `routes(auth, options)`, and has these routes:
   *
   * | route | what it does |
   * |---|---|
   * | `POST /tokens` | signs in the identity `ada`, and calls `sendTokens` |
   * | `POST /sign-in` | calls `signIn` for the identity `ada`, without options |
   * | `GET` and `POST /private` | behind a guard; responds with `{ identity }` of `getAuth` |
   * | `GET /fresh`, `GET /optional` | the same behind a guard with that requirement |
   * | `GET /recent` | the same behind a guard with `maxAge: 300` |
   * | `GET /guarded-twice` | the same behind two guards |
   * | `GET` and `POST /json` | behind a guard with `locations: ['json']`; `{ identity, note }` |
   * | `GET /unguarded` | responds with `{ message }` of the error that `getAuth` throws |
   * | `GET /throws` | behind a guard; its handler awaits something, then throws |
   * | `POST /echo` | behind a guard; streams its body back |
   *
   * `note` is a member of the JSON body, which the handler reads after the guard.
   */
  start(auth: SessionAuth, options: RoutesOptions): Promise<RunningApp>
}

/** The cases by the option `base` of the routes. */
const CASES: Record<string, HttpCases> = {
  '': {
    ...TOKENS,
    ...CSRF,
    ...REFUSALS,
    ...SESSIONS,
    ...SIGN_IN_LIMITS,
    ...OWN_SIGN_IN,
    ...GUARDS,
    ...BODIES,
    ...CORS,
    ...CONNECTIONS,
    ...PATHS,
    ...MISTAKE_CASES,
    ...OWN_ANSWERS,
  },
  '/auth': BASE_PATH,
  '/:tenant/auth': TENANT_PATH,
}

/**
 * The tests that every adapter must pass, over real sockets. Call it in a test file of your runner.
 * Each case starts an app with `start`, and closes it.
 */
export function httpContract({ test, start }: HttpContract): void {
  for (const [base, cases] of Object.entries(CASES)) {
    for (const [name, body] of Object.entries(cases)) {
      test(name, async () => {
        const clock = { now: Date.UTC(2026, 10, 23, 12) }
        const auth = createTestAuth(clock)
        const { origin, close } = await start(auth, { base, signIn })
        try {
          await body({
            client: createTestClient(origin),
            auth,
            origin,
            advanceTime: (seconds) => (clock.now += seconds * 1000),
          })
        } finally {
          await close()
        }
      })
    }
  }
}

function createTestAuth(clock: { now: number }): SessionAuth {
  return createAuth({
    secret: 'a secret of more than thirty-two bytes',
    store: memoryStore(),
    now: () => clock.now,
    origins: ['https://app.example'],
    dangerouslyInsecureCookies: true,
    verifyClaims: ({ claims }) => MISTAKES[claims.sub]?.() ?? claims.sub !== OWN_ANSWER,
    answers: { claims_refused: ownAnswer },
    onEvent: () => {},
  })
}

const signIn: CheckCredentials = ({ username, password }) =>
  MISTAKES[String(username)]?.() ??
  (password === 'open sesame' ? { identity: String(username), claims: { role: 'admin' } } : null)
