import { abortable, timeoutSignal } from './abort.ts'
import { backOff } from './backoff.ts'
import { createContext } from './context.ts'
import type { Context, Mode } from './context.ts'
import { createFetch, currentSession, renewIfDue } from './fetch.ts'
import type { ClientOptions } from './options.ts'
import { sendPendingSignOuts } from './pending-sign-outs.ts'
import { isHidden, renew, scheduleRenewal } from './refresh.ts'
import { endSession, OTHER_TAB, sync, thisTab } from './session.ts'
import { signIn } from './sign-in.ts'
import { signOut } from './sign-out.ts'
import type { Listener, State } from './state.ts'
import { originOf } from './renewable-response.ts'
import { openChannel } from './tab-messages.ts'
import type { TabMessage } from './tab-messages.ts'
import type { Client } from './types.ts'

/** Milliseconds that the start waits for the server at most. */
const MAX_START = 3000

/**
 * Starts a client. On a server that renders pages it has no side effect, and the state stays
 * `unknown`.
 */
export function startClient(options: ClientOptions, mode: Mode): Client {
  const context = createContext(options, mode)
  const { listeners } = context
  // Any event may move the time of the next renewal.
  listeners.add(() => scheduleRenewal(context))
  const ready = start(context)
  const headersFor: Client['headers'] = async (url = context.origins[0]!) => {
    const session = await currentSession(context, ready)
    return session && context.origins.includes(originOf(url))
      ? { [context.header]: context.scheme + (await renewIfDue(context, session)).access! }
      : {}
  }
  return {
    ready,
    get state() {
      return context.state
    },
    subscribe(listener) {
      // A copy, so that the same function can be subscribed twice and removed once.
      const copy: Listener = (state, event) => listener(state, event)
      listeners.add(copy)
      return () => void listeners.delete(copy)
    },
    signIn: (body, signInOptions) => ready.then(() => signIn(context, body, signInOptions)),
    fetch: createFetch(context, ready),
    renew: (cause = 'asked') => ready.then(() => renew(context, cause)),
    async fresh() {
      const session = await currentSession(context, ready)
      // A server that renders pages may have renewed: then their lifetime is not known.
      if (session && session.lifetime === Infinity) await renew(context, 'request')
      else if (session) await renewIfDue(context, session)
    },
    headers: headersFor,
    adopt: () => ready.then(() => renew(context, 'asked')),
    signOut: (signOutOptions) => ready.then(() => signOut(context, signOutOptions)),
    dispose() {
      context.disposal.abort()
      scheduleRenewal(context)
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
  }
  context.onWake?.(() => onPageEvent(context), context.disposal.signal)
  if (context.isPersonal) await sync(context, thisTab('start'))
  await abortable(timeoutSignal(MAX_START), finishSignOuts(context)).catch(() => {})
  return context.state
}

/** Sends pending sign-outs. Then asks the server for the session, if only the server knows it. */
async function finishSignOuts(context: Context): Promise<void> {
  const sent = sendPendingSignOuts(context)
  if (context.mustAsk) {
    await sent
    await renew(context, 'start').catch(() => {})
  }
}

/** Handles a message of another tab. */
function onMessage(context: Context, message: TabMessage): void {
  if (message.type === 'unreachable') {
    backOff(context, message.wait, message.cause, OTHER_TAB)
    return scheduleRenewal(context)
  }
  if (message.type === 'signed-out')
    endSession(context, message.sessionId, message.reason, OTHER_TAB)
  void sync(context, OTHER_TAB, true)
}

/** Handles an event after which the page may have missed something. */
function onPageEvent(context: Context): void {
  if (!isHidden(context)) {
    // The page is in use: the next renewal does not wait for the backoff.
    context.failures = context.backoffUntil = 0
    void sync(context).then(() => finishSignOuts(context))
  }
  scheduleRenewal(context)
}
