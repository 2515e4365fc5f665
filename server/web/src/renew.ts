import type { Client } from 'latchkey/client'
import { byId, setText } from './dom.ts'
import { signInAddress } from './signed-in.ts'

/** A page that sends one back here within this time would do so for ever: a browser that keeps no cookies, say. Milliseconds. */
const TOO_SOON = 4000
const LAST = 'renewed-at'

/** Renews the session and goes on to the page that was asked for. */
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
  else if (reachable && !wasJustHere()) location.replace(next)
  else showFailure()
}

function wasJustHere(): boolean {
  const last = Number(sessionStorage.getItem(LAST))
  sessionStorage.setItem(LAST, String(Date.now()))
  return Math.abs(Date.now() - last) < TOO_SOON
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
