import type { Client } from 'latchkey/client'
import type { Texts } from '../../../src/shared/locales/en.ts'
import { byId, createElement } from '../dom.ts'

/** Lets the two buttons work in place, and shows what came of it. */
export function enhanceActions(client: Client, text: Texts): void {
  enhance('renew', () => renewNow(client, text), text)
  enhance('call', () => callProtected(client, text), text)
}

function enhance(id: string, act: () => Promise<Node[]>, text: Texts): void {
  const form = byId(id) as HTMLFormElement | null
  const button = form?.querySelector('button')
  let busy = false
  form?.addEventListener('submit', async (event) => {
    event.preventDefault()
    if (busy) return
    busy = true
    button?.setAttribute('aria-disabled', 'true')
    // Refused because nobody answered: a session that is over leaves this page by itself.
    const answer = await act().catch(() => [createElement('p', '', text.tokens.unreachable)])
    byId('answer')?.replaceChildren(...answer)
    button?.removeAttribute('aria-disabled')
    busy = false
  })
}

async function renewNow(client: Client, text: Texts): Promise<Node[]> {
  const before = client.state.generation
  await client.renew('asked')
  const after = client.state.generation ?? 0
  return [
    createElement(
      'p',
      '',
      after === before ? text.tokens.renewedSameGeneration(after) : text.tokens.renewed(after),
    ),
  ]
}

async function callProtected(client: Client, text: Texts): Promise<Node[]> {
  let renewed = false
  const stop = client.subscribe((_state, { type, why }) => {
    renewed ||= type === 'renewed' && (why === 'request' || why === 'refused')
  })
  try {
    const response = await client.fetch('/protected')
    const said = `${response.status} ${response.statusText}\n${pretty(await response.text())}`
    const did = renewed
      ? text.tokens.calledAfterRenewal(client.state.generation ?? 0)
      : text.tokens.calledWithoutRenewal
    return [createElement('p', '', did), createElement('pre', 'code', said)]
  } finally {
    stop()
  }
}

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2)
  } catch {
    return body.slice(0, 2000)
  }
}
