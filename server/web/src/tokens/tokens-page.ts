import type { Client } from 'latchkey/client'
import type { Texts } from '../../../src/shared/locales/en.ts'
import { tokenLifetime } from '../../../src/shared/claims.ts'
import type { SessionDescription } from '../../../src/sessions/event-types.ts'
import { byId, setText } from '../dom.ts'
import { enhanceActions } from './actions.ts'
import { showTokens } from './cards.ts'
import { startCountdown } from './countdown.ts'
import { streamEvents } from './event-stream.ts'
import { createTimeline } from './timeline.ts'

/** Brings the token page to life. */
export function startTokensPage(client: Client, text: Texts): void {
  const timeline = createTimeline(text)
  const update = calmly(async () => {
    const { session, since } = await describe(client)
    showTokens(session, text)
    clock.set(session.access.expires_in, tokenLifetime(session.access.claims), since)
    for (const event of session.events) timeline.add(event)
  })
  const clock = startCountdown(text, () => void update())
  enhanceActions(client, text)

  client.subscribe(({ generation }, { type, by, why }) => {
    if (type !== 'renewed' || generation === null) return
    timeline.asked(generation, { by, ...(why !== undefined && { why }) })
    void update()
  })
  streamEvents('/session/events', {
    opened: () => void update(),
    event: (event) => {
      timeline.add(event)
      void update()
    },
    // The server says why when it is asked once more; the page then leaves.
    ended: () => void client.renew('asked').catch(() => undefined),
    live: showLive,
    prepare: update,
  })
  // A machine that slept may have stopped the monotonic clock.
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) void update()
  })
}

interface Described {
  session: SessionDescription
  /** The moment of the monotonic clock at which it was asked for. */
  since: number
}

async function describe(client: Client): Promise<Described> {
  const since = performance.now()
  const response = await client.fetch('/session')
  if (!response.ok) throw new Error(`GET /session answered ${response.status}`)
  return { session: (await response.json()) as SessionDescription, since }
}

/** However often it is asked for while it runs, a task runs once more and no more; one that fails is left for the next time. */
function calmly(task: () => Promise<void>): () => Promise<void> {
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

function showLive(is: boolean): void {
  const live = byId('live')
  if (live === null) return
  live.hidden = false
  live.toggleAttribute('data-on', is)
  setText(live, (is ? live.dataset.live : live.dataset.paused) ?? '')
}
