import { BROWSER, Jar, type HttpResponse, type HttpRequest } from '../client.ts'
import { PASSWORD, startServer, type TestServer } from '../server.ts'
import { FIREFOX } from './views.ts'

/** A browser without JavaScript: keeps cookies, and sends `Origin` with forms. */
export function browse(server: TestServer, jar = new Jar()) {
  const send = (method: string, path: string, sent: HttpRequest = {}): Promise<HttpResponse> => {
    const origin = method === 'POST' ? { origin: server.origin } : {}
    const headers = { ...BROWSER, 'user-agent': FIREFOX, ...origin, ...sent.headers }
    return server.send(method, path, { jar, ...sent, headers })
  }
  return {
    jar,
    get: (path: string) => send('GET', path),
    post: (path: string, form: Record<string, string> = {}) => send('POST', path, { form }),
    signIn: () =>
      send('POST', '/login', {
        form: { username: 'ada', password: PASSWORD, mode: 'cookie', next: '/account' },
      }),
  }
}

/** A server with the account `ada`, and a browser that is signed in to it. */
export async function startSignedIn(env: Record<string, string> = {}) {
  const server = await startServer(env)
  await server.register()
  const browser = browse(server)
  await browser.signIn()
  return { server, browser, jar: browser.jar }
}

/** The names of the session cookies that the browser has. */
export const sessionCookies = (jar: Jar): string[] =>
  ['latchkey-access', 'latchkey-refresh', 'latchkey-session'].filter((name) => jar.has(name))
