import { createAuth } from '../http/auth.ts'
import type { SessionAuth } from '../http/auth-types.ts'
import type { RoutesOptions } from '../http/routes/index.ts'
import type { CheckCredentials } from '../http/routes/sign-in.ts'
import { memoryStore } from '../stores/memory.ts'
import { clientOf, type HttpCases } from './http-cases/case.ts'
import { CONNECTIONS } from './http-cases/connections.ts'
import { CORS } from './http-cases/cors.ts'
import { GUARDS } from './http-cases/guards.ts'
import { BELOW_A_BASE, PATHS } from './http-cases/paths.ts'
import { REFUSALS } from './http-cases/refusals.ts'
import { SESSIONS } from './http-cases/sessions.ts'
import { SITES } from './http-cases/sites.ts'
import { TOKENS } from './http-cases/tokens.ts'

/** A program under test: an adapter in its framework, on a port of its own. */
export interface HostedApp {
  /** Such as `http://127.0.0.1:49152`. */
  origin: string
  close(): unknown
}

export interface HttpContract {
  /** The runner's `test`. */
  test(name: string, body: () => Promise<void>): unknown
  /**
   * Starts an app with the adapter's four names. In front stands a CORS middleware that lets `https://app.example` in: it answers each preflight with 204.
   *
   * | route | what it does |
   * |---|---|
   * | `POST /tokens` | answers `sendTokens` for the identity `ada` |
   * | `GET` and `POST /private` | behind a guard; answers `{ identity }` of `getAuth` |
   * | `GET /fresh`, `GET /optional` | the same behind a guard with that requirement |
   * | `GET /guarded-twice` | the same behind two guards |
   * | `POST /json` | the same behind a guard with `locations: ['json']` |
   * | `GET /unguarded` | answers `{ message }` of what `getAuth` throws there |
   * | `GET /throws` | behind a guard; its handler awaits, then throws |
   * | `POST /echo` | behind a guard; sends its body back as it comes |
   *
   * And `routes(auth, options)` is mounted with the options given here.
   */
  start(auth: SessionAuth, options: RoutesOptions): Promise<HostedApp>
}

/** The cases, by where the routes are mounted. */
const CASES: Record<string, HttpCases> = {
  '': {
    ...TOKENS,
    ...SITES,
    ...REFUSALS,
    ...SESSIONS,
    ...GUARDS,
    ...CORS,
    ...CONNECTIONS,
    ...PATHS,
  },
  '/auth': BELOW_A_BASE,
}

/** What every adapter must do over a real socket: the same cases pass through each, or the adapter is not done. */
export function httpContract({ test, start }: HttpContract): void {
  for (const [base, cases] of Object.entries(CASES)) {
    for (const [name, body] of Object.entries(cases)) {
      test(name, async () => {
        const clock = { now: Date.UTC(2026, 10, 23, 12) }
        const auth = authAt(clock)
        const { origin, close } = await start(auth, { base, signIn })
        try {
          await body({
            client: clientOf(origin),
            auth,
            origin,
            pass: (seconds) => (clock.now += seconds * 1000),
          })
        } finally {
          await close()
        }
      })
    }
  }
}

function authAt(clock: { now: number }): SessionAuth {
  return createAuth({
    secret: 'a secret of more than thirty-two bytes',
    store: memoryStore(),
    now: () => clock.now,
    origins: ['https://app.example'],
    dangerouslyInsecureCookies: true,
  })
}

const signIn: CheckCredentials = ({ username, password }) =>
  password === 'open sesame' ? { identity: String(username), claims: { place: 'cave' } } : null
