import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { DatabaseSync } from 'node:sqlite'
import { createAuth, ERRORS, type AuthEvent } from 'latchkey'
import { routes, viewOf } from 'latchkey/node'
import { sqliteStore } from 'latchkey/stores/sqlite'
import { refuse } from './responses.ts'
import { sendFile } from './files.ts'
import { tutorialRoutes } from './routes.ts'

export interface TutorialOptions {
  /** Signs the tokens, at least 32 bytes. A change invalidates all tokens. */
  secret: string
  /** Path of an SQLite file. In memory by default. */
  database?: string
  /** Seconds. */
  accessLifetime?: number
  onEvent?: (event: AuthEvent) => void
  /** Milliseconds since 1970. */
  now?: () => number
}

/** Creates the tutorial's server: its routes, its page, and sessions in SQLite. */
export function createTutorial({
  secret,
  database = ':memory:',
  // As in the tutorial, so that expiration is easy to watch. Use minutes in an application.
  accessLifetime = 5,
  onEvent = () => {},
  now = Date.now,
}: TutorialOptions): Server {
  const connection = new DatabaseSync(database)
  const store = sqliteStore(connection)
  store.migrate()
  const auth = createAuth({ secret, store, accessLifetime, locations: ['headers'], onEvent, now })
  const tutorialRoute = tutorialRoutes(auth)
  const libraryRoutes = routes(auth)

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, path } = viewOf(request)
    const route = tutorialRoute.get(path)
    if (route?.method === method) return route.handle(request, response)
    if (route) {
      response.setHeader('Allow', route.method)
      return refuse(response, { code: 'method_not_allowed', ...ERRORS.method_not_allowed })
    }
    // The tutorial has no /logout and no /sessions.
    if (await libraryRoutes(request, response)) return
    if (method === 'GET' && (await sendFile(response, path))) return
    refuse(response, { code: 'not_found', ...ERRORS.not_found })
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((cause: unknown) => {
      console.error(cause)
      if (response.headersSent) response.destroy()
      else refuse(response, { code: 'temporarily_unavailable', ...ERRORS.temporarily_unavailable })
    })
  })
  return server.on('close', () => connection.close())
}
