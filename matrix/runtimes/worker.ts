/** The same checks as a worker: it responds with the names of those that failed. */
import { failedChecks } from './program.ts'

export default { fetch: async (): Promise<Response> => Response.json(await failedChecks()) }
