import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { DatabaseSync } from 'node:sqlite'
import { createAuth, ERRORS, type AuthEvent } from 'latchkey'
import { routes, viewOf } from 'latchkey/node'
import { sqliteStore } from 'latchkey/stores/sqlite'
import { refuse } from './answers.ts'
import { sendFile } from './files.ts'
import { tutorialRoutes } from './routes.ts'

export interface TutorialOptions {
  /** At least 32 bytes. With another one, nobody's tokens are accepted any more. */
  secret: string
  /** Path of an SQLite file; in memory where it is left out. */
  database?: string
  /** Seconds. */
  accessLifetime?: number
  onEvent?: (event: AuthEvent) => void
  /** Milliseconds since 1970. */
  now?: () => number
}

/** The tutorial's application: its routes, its page, and sessions in SQLite. */
export function createTutorial({
  secret,
  database = ':memory:',
  // The tutorial's five seconds, to watch it happen. Minutes are right.
  accessLifetime = 5,
  onEvent = () => {},
  now = Date.now,
}: TutorialOptions): Server {
  const connection = new DatabaseSync(database)
  const store = sqliteStore(connection)
  store.migrate()
  const auth = createAuth({ secret, store, accessLifetime, locations: ['headers'], onEvent, now })
  const tutorial = tutorialRoutes(auth)
  const library = routes(auth)

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, path } = viewOf(request)
    const route = tutorial.get(path)
    if (route?.method === method) return route.answer(request, response)
    if (route) {
      response.setHeader('Allow', route.method)
      return refuse(response, { code: 'method_not_allowed', ...ERRORS.method_not_allowed })
    }
    // What the tutorial did not have: /logout and /sessions.
    if (await library(request, response)) return
    if (method === 'GET' && (await sendFile(response, path))) return
    refuse(response, { code: 'not_found', ...ERRORS.not_found })
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((cause: unknown) => {
      console.error(cause)
      if (response.headersSent) response.destroy()
      else refuse(response, { code: 'temporarily_unavailable', ...ERRORS.temporarily_unavailable })
    })
  })
  return server.on('close', () => connection.close())
}
