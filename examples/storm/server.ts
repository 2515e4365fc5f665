/**
 * A sign-in server as many teams write it: opaque refresh tokens in a table, each used once. One
 * that is used again ends the session.
 */
import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'

const LIFETIME = 300

interface Session {
  refreshToken: string
  used: Set<string>
}

export function createSignInServer(now: () => number): Server {
  const sessions = new Map<string, Session>()
  const accessExpiry = new Map<string, number>()

  function issueTokens(session: Session): object {
    session.refreshToken = randomUUID()
    sessions.set(session.refreshToken, session)
    const accessToken = randomUUID()
    accessExpiry.set(accessToken, now() + LIFETIME * 1000)
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
    return issueTokens(session)
  }

  function respond(method: string, path: string, token: string): [status: number, body?: object] {
    if (path === '/login') return [200, issueTokens({ refreshToken: '', used: new Set() })]
    if (path === '/protected') return [now() < (accessExpiry.get(token) ?? 0) ? 200 : 401]
    if (path === '/logout') {
      const session = sessions.get(token)
      if (session) end(session)
      return [204]
    }
    const tokens = path === '/refresh' && method === 'POST' ? refresh(token) : null
    return tokens ? [200, tokens] : [401]
  }

  return createServer((request, response) => {
    const token = request.headers.authorization?.slice('Bearer '.length) ?? ''
    const [status, body] = respond(request.method!, request.url!, token)
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(body && JSON.stringify(body))
  })
}
