import { randomBytes } from 'node:crypto'
import { createAuth } from 'latchkey'
import { getAuth, guard, routes } from 'latchkey/fetch'
import { memoryStore } from 'latchkey/stores/memory'
import { http, HttpResponse, type HttpHandler } from 'msw'
import type { CookieJar } from 'tough-cookie'

const signIn = ({ username, password }: Record<string, unknown>) =>
  password === 'test' ? String(username) : null

/** The same library as in production, in memory, with a clock that tests set. */
export function fakeApi(jar: CookieJar) {
  const clock = { now: Date.now() }
  const auth = createAuth({
    secret: randomBytes(32),
    store: memoryStore(),
    now: () => clock.now,
    // jsdom has the address of a page over http.
    dangerouslyInsecureCookies: true,
  })
  const serveRoutes = routes(auth, { signIn })
  const me = guard(auth, (request: Request) => Response.json({ name: getAuth(request).identity }))

  async function serve(request: Request): Promise<Response> {
    return new URL(request.url).pathname === '/me'
      ? me(request)
      : ((await serveRoutes(request)) ?? new Response(null, { status: 404 }))
  }

  const handlers: HttpHandler[] = [
    http.all(`${location.origin}/*`, async ({ request }) => {
      // What a browser does around a request of the page.
      const headers = new Headers(request.headers)
      headers.set('cookie', await jar.getCookieString(request.url))
      headers.set('sec-fetch-site', 'same-origin')
      const response = await serve(new Request(request, { headers }))
      for (const cookie of response.headers.getSetCookie()) await jar.setCookie(cookie, request.url)
      return new HttpResponse(response.body, {
        status: response.status,
        headers: [...response.headers].filter(([name]) => name !== 'set-cookie'),
      })
    }),
  ]
  return { auth, clock, handlers }
}
