import type { AuthOptions } from '../../library/src/core/options.ts'
import type { Store } from '../../library/src/core/store.ts'
import { refusalReply } from '../../library/src/http/replies.ts'
import { createAuth } from '../../library/src/http/auth.ts'
import type { SessionAuth } from '../../library/src/http/auth-types.ts'
import { handleRoute as answerRoute } from '../../library/src/http/routes/index.ts'
import type { Reply } from '../../library/src/core/errors.ts'
import type { RequestView } from '../../library/src/http/request.ts'
import {
  ATTEMPT_HEADER,
  COOKIES,
  ENDED_CODES,
  HOST_PREFIX,
  PATHS,
  type ErrorResponse,
  type TokenResponse,
} from '../../library/src/protocol.ts'
import { BrittleEngine, newLife, type Life } from './failing-store.ts'
import { Random } from './random.ts'
import type { Answer, Cookies, Happening, Stack } from './stack.ts'

export interface LatchkeyStackOptions {
  name?: string
  /** One store for each server, over the same engine: each server is an auth object of its own, as each process would have. */
  stores: readonly Store[]
  now: () => number
  /** Options of `createAuth` beside these. */
  auth?: Omit<AuthOptions, 'store' | 'now'>
}

interface Server {
  auth: SessionAuth
  life: Life
}

const DEFAULT_LIFETIME = 300
const DEFAULT_GRACE = 30
const SECRET = 'a secret that only the storm uses, and nobody else'

/** Latchkey itself in the storm: its routes in cookie mode, without a socket, which would cost more than the routes. */
export function latchkeyStack({
  name = 'Latchkey',
  stores,
  now,
  auth: options = {},
}: LatchkeyStackOptions): Stack {
  const engine = new BrittleEngine(stores[0]!)
  const random = new Random(1)
  const randomBytes = (count: number): Uint8Array =>
    Uint8Array.from({ length: count }, () => random.below(256))
  const start = (store: Store): Server => {
    const life = newLife()
    return {
      auth: createAuth({
        secret: SECRET,
        randomBytes,
        ...options,
        now,
        store: engine.seenBy(life, store),
      }),
      life,
    }
  }
  const servers: Array<Server | null> = stores.map(start)

  async function ask(
    server: number,
    method: 'GET' | 'POST',
    path: string,
    cookies: Cookies,
    more: { headers?: Record<string, string>; body?: object } = {},
  ): Promise<Answer> {
    const running = servers[server]
    // Nobody listens on its port.
    if (!running) throw new Error('the server is down')
    const view = viewOf(method, path, cookies, more.headers ?? {}, more.body ?? {})
    const reply =
      path === '/protected'
        ? guarded(running.auth, view)
        : answerRoute(running.auth, view, { signIn: ({ username }) => username as string })
    return answerOf((await Promise.race([reply, running.life.died]))!)
  }

  return {
    name,
    refreshCookie: HOST_PREFIX + COOKIES.refresh,
    accessLifetime: options.accessLifetime ?? DEFAULT_LIFETIME,
    grace: options.grace ?? DEFAULT_GRACE,
    servers: stores.length,
    signIn: (username, server) =>
      ask(server, 'POST', PATHS.signIn, {}, { body: { username, mode: 'cookie' } }),
    use: ({ cookies, server }) => ask(server, 'GET', '/protected', cookies),
    refresh: ({ cookies, server }, attempts) =>
      ask(
        server,
        'POST',
        PATHS.refresh,
        cookies,
        attempts === null ? {} : { headers: { [ATTEMPT_HEADER]: attempts } },
      ),
    signOut: ({ cookies, server }) => ask(server, 'POST', PATHS.signOut, cookies),
    async happen(happening) {
      await HAPPENINGS[happening.what](happening as never, engine, servers, (server) =>
        start(stores[server]!),
      )
      return true
    },
  }
}

type Happen<Name extends Happening['what']> = (
  happening: Extract<Happening, { what: Name }>,
  engine: BrittleEngine,
  servers: Array<Server | null>,
  start: (server: number) => Server,
) => unknown

const HAPPENINGS: { [Name in Happening['what']]: Happen<Name> } = {
  'server dies'({ server, after }, _engine, servers) {
    const { life } = servers[server] ?? {}
    if (!life) return
    life.left = after
    // It dies in the middle of what it does next; nobody reaches it from then on.
    life.died.catch(() => {
      if (servers[server]?.life !== life) return
      servers[server].auth.close()
      servers[server] = null
    })
  },
  'server starts'({ server }, _engine, servers, start) {
    servers[server]?.life.die()
    servers[server]?.auth.close()
    servers[server] = start(server)
  },
  'engine goes away': (_happening, engine) => engine.goesAway(),
  'engine comes back': (_happening, engine) => engine.comesBack(),
  'replica stalls': (_happening, engine) => engine.stalls(),
  'replica takes over': (_happening, engine) => engine.takesOver(),
}

function viewOf(
  method: string,
  path: string,
  cookies: Cookies,
  headers: Record<string, string>,
  body: object,
): RequestView {
  const cookie = Object.entries(cookies)
    .map(([name, value]) => `${name}=${value}`)
    .join('; ')
  const all: Record<string, string | undefined> = {
    'sec-fetch-site': 'same-origin',
    ...headers,
    ...(cookie !== '' && { cookie }),
  }
  return {
    method,
    path,
    header: (name) => all[name],
    body: () => ({ ok: true, value: { ...body } }),
    query: '',
    address: undefined,
  }
}

async function guarded(auth: SessionAuth, view: RequestView): Promise<Reply> {
  const outcome = await auth.authenticate(view)
  return outcome.ok ? { status: 200, headers: [] } : refusalReply(outcome)
}

function answerOf({ status, headers, body }: Reply): Answer {
  const {
    expires_in = null,
    generation = null,
    error = '',
  } = (body ?? {}) as Partial<TokenResponse & ErrorResponse>
  const set = Object.fromEntries(
    headers.flatMap(([name, value]) => (name === 'Set-Cookie' ? [cookieIn(value)] : [])),
  )
  return {
    status,
    set,
    expiresIn: expires_in,
    generation,
    ended: status === 401 && (ENDED_CODES as readonly string[]).includes(error),
  }
}

function cookieIn(setCookie: string): [name: string, value: string | null] {
  const [, name, value] = /^([^=]+)=([^;]*)/.exec(setCookie)!
  return [name!, value === '' ? null : value!]
}
