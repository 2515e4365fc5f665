import { Core } from './core.ts'
import { createFetch } from './fetch.ts'
import { Flight } from './flight.ts'
import { readOptions } from './options.ts'
import type { ClientOptions } from './options.ts'
import { signIn, signOut } from './signing.ts'
import type { SignInBody, SignInOptions, SignInResult } from './signing.ts'
import type { Listener, State } from './state.ts'
import { openTabs } from './tabs.ts'
import type { Message, Tabs } from './tabs.ts'
import { unless } from './unless.ts'

/** Milliseconds after which `ready` does not wait for the disk any longer. */
const LONGEST_START = 3000

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
  /** Ends the session here and in the other tabs at once, then at the server: later, if that cannot be reached. Never rejects. */
  signOut(): Promise<void>
  /** Removes every listener, timer and channel. */
  dispose(): void
}

/** One client per page. Touches nothing on a server that renders pages: there the state stays `unknown`. */
export function createClient(options: ClientOptions = {}): Client {
  const settings = readOptions(options)
  const core = new Core(settings)
  const { subject, holder, look } = core
  const tabs: Tabs = settings.live ? openTabs(settings.name, hear) : { tell() {}, close() {} }
  const flight = new Flight(core, tabs)
  const stopListening = settings.live ? listen(core, flight) : () => {}

  function hear(message: Message): void {
    if (message.about === 'server') return flight.unreachable(message.wait, 'another tab')
    if (message.about === 'sign-in') return core.hold()
    if (message.about === 'end') holder.end(message.sessionId, message.reason, 'another tab')
    void look('another tab', undefined, true).then(core.release)
  }

  const start = settings.live ? look('this tab', 'start') : Promise.resolve()
  if (settings.live) void start.then(core.settle)
  const ready = unless(AbortSignal.timeout(LONGEST_START), start).then(() => subject.state, () => subject.state)
  const renew = async (why = 'asked'): Promise<void> => {
    await ready
    return flight.renew(why)
  }
  return {
    ready,
    get state() {
      return subject.state
    },
    subscribe: subject.subscribe,
    signIn: async (body, how = {}) => {
      await ready
      return signIn(core, tabs, body, how)
    },
    fetch: createFetch(core, flight, ready),
    renew,
    signOut: async () => {
      await ready
      await signOut(core, tabs).catch(() => {})
    },
    dispose() {
      flight.stop()
      stopListening()
      tabs.close()
      core.record.close()
    },
  }
}

/** Looks again whenever the page may have missed something. */
function listen({ look, settle }: Core, flight: Flight): () => void {
  const controller = new AbortController()
  const wake = (event: Event): void => {
    const { type } = event
    if (type === 'pageshow' && !(event as PageTransitionEvent).persisted) return
    if (type === 'visibilitychange' && document.visibilityState === 'hidden') return flight.schedule()
    if (type !== 'focus') flight.calm()
    void look('another tab').then(settle)
  }
  const { signal } = controller
  for (const type of ['online', 'pageshow', 'focus']) addEventListener(type, wake, { signal })
  ;(globalThis as Partial<typeof globalThis>).document?.addEventListener('visibilitychange', wake, { signal })
  return () => controller.abort()
}
