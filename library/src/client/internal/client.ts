import { backOff } from './backoff.ts'
import { createContext } from './context.ts'
import type { Context } from './context.ts'
import { createFetch } from './fetch.ts'
import type { Transport } from './http.ts'
import type { ClientOptions } from './options.ts'
import { sendPendingSignOuts } from './pending-sign-outs.ts'
import { isHidden, renew, scheduleRenewal } from './refresh.ts'
import { endSession, OTHER_TAB, sync, thisTab } from './session.ts'
import { signIn, signOut } from './sign-in.ts'
import type { Listener, State } from './state.ts'
import { openChannel } from './tab-messages.ts'
import type { TabMessage } from './tab-messages.ts'
import type { Client } from './types.ts'

/**
 * Starts a client. On a server that renders pages it has no side effect, and the state stays
 * `unknown`.
 */
export function startClient(options: ClientOptions, transport: Transport): Client {
  const context = createContext(options, transport)
  const { listeners } = context
  // Any event may move the time of the next renewal.
  listeners.add(() => scheduleRenewal(context))
  const ready = start(context)
  return {
    ready,
    get state() {
      return context.state
    },
    subscribe(listener) {
      // A copy, so that the same function can be subscribed twice and removed once.
      const copy: Listener = listener.bind(null)
      listeners.add(copy)
      return () => void listeners.delete(copy)
    },
    signIn: (body, signInOptions) => ready.then(() => signIn(context, body, signInOptions)),
    fetch: createFetch(context, ready),
    renew: (cause = 'asked') => ready.then(() => renew(context, cause)),
    signOut: (signOutOptions) => ready.then(() => signOut(context, signOutOptions)),
    dispose() {
      context.disposal.abort()
      clearTimeout(context.timer)
      context.channel?.close()
      context.channel = undefined
    },
  }
}

async function start(context: Context): Promise<State> {
  if (context.pageOrigin) {
    for (const type of ['online', 'pageshow', 'focus', 'visibilitychange'])
      addEventListener(type, () => onPageEvent(context), { signal: context.disposal.signal })
    openChannel(context, (message) => onMessage(context, message))
    await sync(context, thisTab('start'))
  }
  void sendPendingSignOuts(context)
  return context.state
}

/** Handles a message of another tab. */
function onMessage(context: Context, message: TabMessage): void {
  if (message.type === 'unreachable') {
    backOff(context, message.wait, OTHER_TAB)
    return scheduleRenewal(context)
  }
  if (message.type === 'signed-out')
    endSession(context, message.sessionId, message.reason, OTHER_TAB)
  void sync(context, OTHER_TAB, true)
}

/** Handles an event after which the page may have missed something. */
function onPageEvent(context: Context): void {
  if (!isHidden()) {
    // The page is in use: the next renewal does not wait for the backoff.
    context.failures = context.backoffUntil = 0
    void sync(context).then(() => sendPendingSignOuts(context))
  }
  scheduleRenewal(context)
}
