import { createCore } from './core.ts'
import type { Core, Message } from './core.ts'
import { settleDebts } from './debts.ts'
import { createFetch } from './fetch.ts'
import { isHidden, renew, schedule } from './flight.ts'
import type { ClientOptions } from './options.ts'
import { leaveAlone } from './quiet.ts'
import { end, look, OTHER_TAB } from './session.ts'
import { signIn, signOut } from './signing.ts'
import type { SignInBody, SignInOptions, SignInResult } from './signing.ts'
import type { Listener, State } from './state.ts'
import type { Transport } from './transport.ts'

export interface Client {
  /** Settles with the first answer to "is somebody signed in?", without the network, after 3 s at most. Never rejects. */
  readonly ready: Promise<State>
  /** Frozen, and the same object until something changes. */
  readonly state: State
  /** Calls `listener` at every event. Answers the way to stop. */
  subscribe(listener: Listener): () => void
  /** Sends the form to the sign-in route. A refusal is a value; throws Unreachable where no server answered. */
  signIn(body: SignInBody, options?: SignInOptions): Promise<SignInResult>
  /**
   * `fetch`, with the session for own origins only, renewed in time, and a request repeated once at most. It needs no `this`.
   * Throws as `fetch` does, and SignedOut, Replaced or Unreachable.
   */
  fetch: typeof fetch
  /** New tokens now, for instance after the person was given a new role. Throws SignedOut, Replaced or Unreachable. */
  renew(why?: string): Promise<void>
  /**
   * Ends the session here and in the other tabs at once, then at the server: later, if that cannot be reached. Never rejects.
   * `everywhere`: the person's sessions on other devices too.
   */
  signOut(options?: { everywhere?: boolean }): Promise<void>
  /** Removes every listener, timer and channel. */
  dispose(): void
}

/** One client per page. Touches nothing on a server that renders pages: there the state stays `unknown`. */
export function startClient(options: ClientOptions, transport: Transport): Client {
  const core = createCore(options, transport)
  const { listeners, disposed, page } = core
  listeners.add(() => schedule(core))
  if (page !== undefined) listen(core)
  const ready = (page === undefined ? Promise.resolve() : look(core, { by: 'this tab', why: 'start' })).then(() => core.state)
  void ready.then(() => settleDebts(core))
  return {
    ready,
    get state() {
      return core.state
    },
    subscribe(listener) {
      // A wrapper of its own, so that one function may be subscribed twice and unsubscribed once.
      const own: Listener = (...told) => listener(...told)
      listeners.add(own)
      return () => void listeners.delete(own)
    },
    signIn: (body, how = {}) => ready.then(() => signIn(core, body, how)),
    fetch: createFetch(core, ready),
    renew: (why = 'asked') => ready.then(() => renew(core, why)),
    signOut: ({ everywhere } = {}) => ready.then(() => signOut(core, everywhere)),
    dispose() {
      disposed.abort()
      clearTimeout(core.timer)
      core.channel?.close()
      core.channel = undefined
    },
  }
}

/** Hears the other tabs, and looks again whenever the page may have missed something. */
function listen(core: Core): void {
  const { signal } = core.disposed
  const wake = (): void => {
    if (isHidden()) return schedule(core)
    // Somebody is looking: the next renewal need not wait.
    core.failures = core.quietUntil = 0
    schedule(core)
    void look(core).then(() => settleDebts(core))
  }
  for (const type of ['online', 'pageshow', 'focus']) addEventListener(type, wake, { signal })
  ;(globalThis as Partial<typeof globalThis>).document?.addEventListener('visibilitychange', wake, { signal })
  try {
    core.channel = new BroadcastChannel(core.name)
    core.channel.addEventListener('message', ({ data }: MessageEvent<Message>) => {
      if (data.about === 'server') {
        leaveAlone(core, data.wait, OTHER_TAB)
        return schedule(core)
      }
      if (data.about === 'end') end(core, data.sessionId, data.reason, OTHER_TAB)
      void look(core, OTHER_TAB, true)
    })
  } catch {
    // Tabs of this browser cannot speak to one another.
  }
}
