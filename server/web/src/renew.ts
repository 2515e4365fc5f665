import type { Client } from 'latchkey/client'
import { byId, setText } from './dom.ts'
import { signInAddress } from './signed-in.ts'

/**
 * If the browser returns here sooner than this after a renewal, the renewal had no effect, for
 * example because the browser rejects cookies. The page then stops, to avoid a redirect loop.
 * Milliseconds.
 */
const MIN_INTERVAL = 4000
const STORAGE_KEY = 'renewed-at'

/** Renews the session and continues to the page that was requested. */
export function renewAndContinue(client: Client, next: string): void {
  byId('retry')?.addEventListener('click', () => location.reload())
  client.subscribe((_state, { type, reason }) => {
    if (type === 'signed-out') location.replace(signInAddress(reason, next))
  })
  void renew(client, next)
}

async function renew(client: Client, next: string): Promise<void> {
  await client.ready
  await client.renew('asked').catch(() => undefined)
  const { status, reachable, reason } = client.state
  if (status === 'signed-out') location.replace(signInAddress(reason, next))
  else if (reachable && !isLoop()) location.replace(next)
  else showFailure()
}

function isLoop(): boolean {
  const last = Number(sessionStorage.getItem(STORAGE_KEY))
  sessionStorage.setItem(STORAGE_KEY, String(Date.now()))
  return Math.abs(Date.now() - last) < MIN_INTERVAL
}

function showFailure(): void {
  byId('spinner')?.remove()
  for (const id of ['title', 'lead']) {
    const element = byId(id)
    setText(element, element?.dataset.failed ?? '')
  }
  const retry = byId('retry')
  retry?.removeAttribute('hidden')
  retry?.focus()
}
