import type { Client } from './types.ts'
import { settleDebts } from './pending-sign-outs.ts'
import { createFetch } from './fetch.ts'
import { look } from '../look.ts'
import type { ClientOptions } from './options.ts'
import { leaveAlone } from './backoff.ts'
import { hidden, renew, schedule } from './refresh.ts'
import { end } from './session.ts'
import { signIn, signOut } from './sign-in.ts'
import type { Listener, State } from './state.ts'
import { createTab } from './context.ts'
import type { Message, Tab } from './context.ts'
import { mine, OTHER_TAB } from '../tell.ts'
import type { Transport } from '../transport.ts'

/** One client per page. Touches nothing on a server that renders pages: there the state stays `unknown`. */
export function startClient(options: ClientOptions, transport: Transport): Client {
  const tab = createTab(options, transport, schedule)
  const ready = start(tab)
  return {
    ready,
    get state() {
      return tab.state
    },
    subscribe(listener) {
      // A copy, so that one function may be subscribed twice and unsubscribed once.
      const one: Listener = listener.bind(null)
      tab.listeners.add(one)
      return () => void tab.listeners.delete(one)
    },
    signIn: (form, how) => ready.then(() => signIn(tab, form, how)),
    fetch: createFetch(tab, ready),
    renew: (why = 'asked') => ready.then(() => renew(tab, why)),
    signOut: (how) => ready.then(() => signOut(tab, how)),
    dispose() {
      tab.disposed.abort()
      clearTimeout(tab.timer)
      tab.channel?.close()
      tab.channel = undefined
    },
  }
}

async function start(tab: Tab): Promise<State> {
  if (tab.page) {
    for (const type of ['online', 'pageshow', 'focus', 'visibilitychange'])
      addEventListener(type, () => wake(tab), { signal: tab.disposed.signal })
    try {
      tab.channel = new BroadcastChannel(tab.name)
      // oxlint-disable-next-line unicorn/prefer-add-event-listener -- nobody else listens to a channel of ours
      tab.channel.onmessage = ({ data }: MessageEvent<Message>) => hear(tab, data)
    } catch {
      // Tabs of this browser cannot speak to one another.
    }
    await look(tab, mine('start'))
  }
  void settleDebts(tab)
  return tab.state
}

/** Does what another tab's message asks for. */
function hear(tab: Tab, message: Message): void {
  if (message.about === 'server') return leaveAlone(tab, message.wait, OTHER_TAB)
  if (message.about === 'end') end(tab, message.sessionId, message.reason, OTHER_TAB)
  void look(tab, OTHER_TAB, true)
}

/** Looks again whenever the page may have missed something. */
function wake(tab: Tab): void {
  if (!hidden()) {
    // Somebody is looking: the next renewal need not wait.
    tab.failures = tab.quietUntil = 0
    void look(tab).then(() => settleDebts(tab))
  }
  schedule(tab)
}
