/** What the suites find in a page of the test site, and how they begin there. */
import type * as Latchkey from '../../src/client/index.ts'
import type { withTicket } from '../../src/client/integrations/ticket.ts'
import type { Mode } from '../../src/protocol.ts'

declare global {
  /**
   * In the page: the client of that tab, what it told its listeners, and the module of each mode.
   */
  var client: Latchkey.Client
  var told: Array<Latchkey.ClientEvent & { at: number }>
  var latchkey: Record<Mode, typeof Latchkey> & { withTicket: typeof withTicket }
}

/** What a client is made with, by the module of which mode. */
export type Options = Latchkey.ClientOptions & { mode?: Mode }

/** Makes the client of the tab. Runs in the page. */
export async function start({ mode = 'cookie', ...options }: Options): Promise<void> {
  while (!globalThis.latchkey) await new Promise((resolve) => setTimeout(resolve, 5))
  globalThis.client = latchkey[mode].createClient(options)
  globalThis.told = []
  client.subscribe((_state, event) => told.push({ ...event, at: Date.now() }))
  await client.ready
}
