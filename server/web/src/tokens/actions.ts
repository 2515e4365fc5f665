import type { Client } from 'latchkey/client'
import type { Texts } from '../../../src/shared/locales/en.ts'
import { byId, createElement } from '../dom.ts'

/** Makes the two buttons work without leaving the page, and shows their results. */
export function enhanceActions(client: Client, text: Texts): void {
  enhanceForm('renew', () => renewNow(client, text), text)
  enhanceForm('call', () => callProtected(client, text), text)
}

function enhanceForm(id: string, action: () => Promise<Node[]>, text: Texts): void {
  const form = byId(id) as HTMLFormElement | null
  const button = form?.querySelector('button')
  let busy = false
  form?.addEventListener('submit', async (event) => {
    event.preventDefault()
    if (busy) return
    busy = true
    button?.setAttribute('aria-disabled', 'true')
    // After a sign-out, `watchSession` leaves the page. Other errors: the server is unreachable.
    const result = await action().catch(() => [createElement('p', '', text.tokens.unreachable)])
    byId('result')?.replaceChildren(...result)
    button?.removeAttribute('aria-disabled')
    busy = false
  })
}

async function renewNow(client: Client, text: Texts): Promise<Node[]> {
  const before = client.state.generation
  await client.renew('asked')
  const after = client.state.generation ?? 0
  const message =
    after === before ? text.tokens.renewedSameGeneration(after) : text.tokens.renewed(after)
  return [createElement('p', '', message)]
}

async function callProtected(client: Client, text: Texts): Promise<Node[]> {
  let renewed = false
  const unsubscribe = client.subscribe((_state, { type, why }) => {
    renewed ||= type === 'renewed' && (why === 'request' || why === 'refused')
  })
  try {
    const response = await client.fetch('/protected')
    const message = renewed
      ? text.tokens.calledAfterRenewal(client.state.generation ?? 0)
      : text.tokens.calledWithoutRenewal
    const output = `${response.status} ${response.statusText}\n${format(await response.text())}`
    return [createElement('p', '', message), createElement('pre', 'code', output)]
  } finally {
    unsubscribe()
  }
}

/** Indents JSON. Returns the start of anything else. */
function format(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2)
  } catch {
    return body.slice(0, 2000)
  }
}
