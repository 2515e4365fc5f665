import type { EventCause, ClientEvent, State, RefreshCause } from './internal/state.ts'
import type { Message, Tab } from './internal/context.ts'

export const OTHER_TAB: EventCause = { by: 'another tab' }
export const mine = (why?: RefreshCause): EventCause => ({ by: 'this tab', why })

/** Makes the change, if it is one, and tells every listener what happened. */
export function tell(
  tab: Tab,
  type: ClientEvent['type'],
  cause: EventCause,
  change: Partial<State> = {},
): void {
  const next = Object.freeze({ ...tab.state, ...change })
  if (JSON.stringify(next) !== JSON.stringify(tab.state)) tab.state = next
  for (const listener of tab.listeners) {
    // A listener that throws is the page's affair: it must not stop the others, nor us.
    try {
      listener(tab.state, { ...cause, type, reason: change.reason ?? undefined })
    } catch (error) {
      reportError(error)
    }
  }
  tab.schedule(tab)
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel takes none: it reaches its own origin only
export const tellTabs = (tab: Tab, message: Message): void => tab.channel?.postMessage(message)
