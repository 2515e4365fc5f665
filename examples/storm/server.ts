/** A sign-in server as many teams write it: opaque refresh tokens in a table, each used once; one that is used again ends the session. */
import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'

const LIFETIME = 300

interface Session {
  refreshToken: string
  used: Set<string>
}

export function createSignInServer(now: () => number): Server {
  const sessions = new Map<string, Session>()
  const access = new Map<string, number>()

  const hand = (session: Session): object => {
    session.refreshToken = randomUUID()
    sessions.set(session.refreshToken, session)
    const accessToken = randomUUID()
    access.set(accessToken, now() + LIFETIME * 1000)
    return { access: accessToken, refresh: session.refreshToken, expires_in: LIFETIME }
  }

  function end(session: Session): void {
    for (const token of [...session.used, session.refreshToken]) sessions.delete(token)
  }

  function refresh(token: string): object | null {
    const session = sessions.get(token)
    if (session === undefined) return null
    if (session.used.has(token)) {
      end(session)
      return null
    }
    session.used.add(token)
    return hand(session)
  }

  function answer(method: string, path: string, token: string): [status: number, body?: object] {
    if (path === '/login') return [200, hand({ refreshToken: '', used: new Set() })]
    if (path === '/protected') return [now() < (access.get(token) ?? 0) ? 200 : 401]
    if (path === '/logout') {
      const session = sessions.get(token)
      if (session) end(session)
      return [204]
    }
    const tokens = path === '/refresh' && method === 'POST' ? refresh(token) : null
    return tokens ? [200, tokens] : [401]
  }

  return createServer((request, response) => {
    const [status, body] = answer(
      request.method!,
      request.url!,
      request.headers.authorization?.slice(7) ?? '',
    )
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(body && JSON.stringify(body))
  })
}
