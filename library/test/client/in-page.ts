/** What the tests find in a page of the test site, and how they start the client there. */
import type * as Latchkey from '../../src/client/index.ts'
import type { withTicket } from '../../src/client/integrations/ticket.ts'
import type { Mode } from '../../src/protocol.ts'

declare global {
  /** In the page: the client of the tab, its events, and the module of each mode. */
  var client: Latchkey.Client
  var clientEvents: Latchkey.ClientEvent[]
  var latchkey: Record<Mode, typeof Latchkey> & { withTicket: typeof withTicket }
}

/** The options of the client, and its mode: `cookie` by default. */
export type Options = Latchkey.ClientOptions & { mode?: Mode }

/** Creates the client of the tab. Runs in the page. */
export async function startClient({ mode = 'cookie', ...options }: Options): Promise<void> {
  while (!globalThis.latchkey) await new Promise((resolve) => setTimeout(resolve, 5))
  globalThis.client = latchkey[mode].createClient(options)
  globalThis.clientEvents = []
  client.subscribe((_state, event) => clientEvents.push(event))
  await client.ready
}
