import type { Client } from 'latchkey/client'
import type { SessionDescription } from '../../../src/sessions/event-types.ts'
import { tokenLifetime } from '../../../src/shared/claims.ts'
import type { Texts } from '../../../src/shared/locales/en.ts'
import { byId, setText } from '../dom.ts'
import { enhanceActions } from './actions.ts'
import { showTokens } from './cards.ts'
import { startCountdown } from './countdown.ts'
import { followEvents } from './event-stream.ts'
import { createTimeline } from './timeline.ts'

/** Keeps the tokens page up to date. */
export function startTokensPage(client: Client, text: Texts): void {
  const timeline = createTimeline(text)
  const update = coalesce(async () => {
    const { session, measuredAt } = await fetchSession(client)
    const { claims, expires_in: left } = session.access
    showTokens(session, text)
    countdown.restart(left, tokenLifetime(claims), measuredAt)
    for (const event of session.events) timeline.add(event)
  })
  const countdown = startCountdown(text, () => void update())
  enhanceActions(client, text)

  client.subscribe(({ generation }, { type, by, why }) => {
    if (type !== 'renewed' || generation === null) return
    timeline.addSource(generation, { by, ...(why !== undefined && { why }) })
    void update()
  })
  followEvents('/session/events', {
    onOpen: () => void update(),
    onEvent: (event) => {
      timeline.add(event)
      void update()
    },
    // A refresh returns the reason for the end, and `watchSession` leaves the page.
    onEnd: () => void client.renew('asked').catch(() => undefined),
    onLiveChange: showLive,
    beforeRetry: update,
  })
  // The monotonic clock may stand still while the machine sleeps.
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) void update()
  })
}

interface FetchedSession {
  session: SessionDescription
  /** When the session was requested, in milliseconds of the monotonic clock. */
  measuredAt: number
}

async function fetchSession(client: Client): Promise<FetchedSession> {
  const measuredAt = performance.now()
  const response = await client.fetch('/session')
  if (!response.ok) throw new Error(`GET /session responded with ${response.status}`)
  return { session: (await response.json()) as SessionDescription, measuredAt }
}

/**
 * Returns a function that runs `task`. Calls during a run lead to one more run after it, however
 * many they are. Errors are ignored: the next call tries again.
 */
function coalesce(task: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null
  let again = false
  const run = async (): Promise<void> => {
    do {
      again = false
      await task().catch(() => undefined)
    } while (again)
    running = null
  }
  return () => {
    again = running !== null
    return (running ??= run())
  }
}

function showLive(live: boolean): void {
  const label = byId('live')
  if (label === null) return
  label.hidden = false
  label.toggleAttribute('data-on', live)
  setText(label, (live ? label.dataset.live : label.dataset.paused) ?? '')
}
