import { createClient } from 'latchkey/client/header'
import type { ClientEvent, State } from 'latchkey/client/header'

/** Keeps both tokens, sends the access token, renews it, and repeats a request that came too late. The rest of this file only shows. */
const client = createClient()

const find = (id: string): HTMLElement => document.getElementById(id)!
const form = find('sign-in') as HTMLFormElement

form.addEventListener('submit', (event) => {
  event.preventDefault()
  void signIn()
})
find('test').addEventListener('click', () => void ask('POST', '/test'))
find('protected').addEventListener('click', () => void ask('GET', '/protected'))
find('three').addEventListener(
  'click',
  () => void Promise.all([ask('POST', '/test'), ask('GET', '/protected'), ask('POST', '/test')]),
)
find('sign-out').addEventListener('click', () => void client.signOut())

let renewals = 0
client.subscribe((state, event) => {
  if (event.type === 'renewed') renewals++
  const line = lineFor(state, event)
  if (line !== null) note(line)
  showState(state)
})
showState(await client.ready)

async function signIn(): Promise<void> {
  try {
    const result = await client.signIn(new FormData(form))
    if (!result.ok) note(`not signed in: ${result.message} (${result.status} ${result.code})`)
  } catch (error) {
    note((error as Error).message)
  }
}

async function ask(method: string, path: string): Promise<void> {
  try {
    const response = await client.fetch(path, { method })
    note(`${method} ${path} → ${response.status} ${await response.text()}`)
  } catch (error) {
    note(`${method} ${path}: ${(error as Error).message}`)
  }
}

/** Renewals by the timer come every few seconds here: the line above the log counts them. */
function lineFor({ generation }: State, { type, by, why, reason }: ClientEvent): string | null {
  if (type === 'renewed')
    return why === 'timer' || by === 'another tab' ? null : RENEWED[why ?? 'asked']!
  if (type === 'signed-in')
    return why === 'start'
      ? `still signed in, at refresh token ${generation}`
      : `signed in by ${by}`
  if (type === 'signed-out')
    return reason ? (ENDS[reason] ?? `signed out by ${by} (${reason})`) : null
  return type
}

const RENEWED: Record<string, string> = {
  refused: 'access token expired → renewed → request repeated',
  request: 'access token about to expire → renewed → request sent',
  asked: 'renewed',
}
const ENDS: Record<string, string> = {
  refresh_token_reused:
    'signed out: somebody used an old refresh token of this session, perhaps a copy',
  session_signed_out: 'signed out',
}

function showState({ status, generation, reachable }: State): void {
  const standing = `Signed in, at refresh token ${generation}. Renewed ${renewals} times in this tab.`
  const trouble = reachable ? '' : ' The server cannot be reached; trying again.'
  find('state').textContent = status === 'signed-in' ? standing + trouble : 'Signed out.'
  form.hidden = status !== 'signed-out'
  find('sign-out').hidden = status !== 'signed-in'
}

/** The newest on top; text only, so that nothing in an answer can become part of the page. */
function note(text: string): void {
  const item = document.createElement('li')
  item.textContent = text
  find('log').prepend(item)
}
