import { createClient } from 'latchkey/client/header'
import type { ClientEvent, State } from 'latchkey/client/header'

// Keeps both tokens, sends the access token, renews it, and repeats requests with an expired token.
// The rest of this file only shows what happens.
const client = createClient()

const find = (id: string): HTMLElement => document.getElementById(id)!
const form = find('sign-in') as HTMLFormElement

form.addEventListener('submit', (event) => {
  event.preventDefault()
  void signIn()
})
find('test').addEventListener('click', () => void send('POST', '/test'))
find('protected').addEventListener('click', () => void send('GET', '/protected'))
find('three').addEventListener(
  'click',
  () => void Promise.all([send('POST', '/test'), send('GET', '/protected'), send('POST', '/test')]),
)
find('sign-out').addEventListener('click', () => void client.signOut())

let renewals = 0
client.subscribe((state, event) => {
  if (event.type === 'renewed') renewals++
  const line = describe(state, event)
  if (line !== null) log(line)
  showState(state)
})
showState(await client.ready)

async function signIn(): Promise<void> {
  try {
    const result = await client.signIn(new FormData(form))
    if (!result.ok) log(`not signed in: ${result.message} (${result.status} ${result.code})`)
  } catch (error) {
    log((error as Error).message)
  }
}

async function send(method: string, path: string): Promise<void> {
  try {
    const response = await client.fetch(path, { method })
    log(`${method} ${path} → ${response.status} ${await response.text()}`)
  } catch (error) {
    log(`${method} ${path}: ${(error as Error).message}`)
  }
}

/** Returns null for renewals by the timer: they are counted above the log. */
function describe({ generation }: State, { type, by, why, reason }: ClientEvent): string | null {
  if (type === 'renewed')
    return why === 'timer' || by === 'another tab' ? null : RENEWAL_TEXTS[why ?? 'asked']!
  if (type === 'signed-in')
    return why === 'start' ? `still signed in, generation ${generation}` : `signed in by ${by}`
  if (type === 'signed-out')
    return reason ? (END_TEXTS[reason] ?? `signed out by ${by} (${reason})`) : null
  return type
}

const RENEWAL_TEXTS: Record<string, string> = {
  refused: 'access token expired → renewed → request repeated',
  request: 'access token about to expire → renewed → request sent',
  asked: 'renewed',
}
const END_TEXTS: Record<string, string> = {
  refresh_token_reused:
    'signed out: an old refresh token was used again, someone may have copied it',
  session_signed_out: 'signed out',
}

function showState({ status, generation, reachable }: State): void {
  const signedIn = `Signed in, generation ${generation}. Renewed ${renewals} times in this tab.`
  const warning = reachable ? '' : ' The server cannot be reached; trying again.'
  find('state').textContent = status === 'signed-in' ? signedIn + warning : 'Signed out.'
  form.hidden = status !== 'signed-out'
  find('sign-out').hidden = status !== 'signed-in'
}

/** Adds a line at the top. As text, so nothing in a response can become part of the page. */
function log(text: string): void {
  const item = document.createElement('li')
  item.textContent = text
  find('log').prepend(item)
}
