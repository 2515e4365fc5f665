import type { Client } from 'latchkey/client'
import type { Texts } from '../../src/shared/locales/en.ts'
import { byId, setText } from './dom.ts'

interface Given {
  /** This page, to come back to. */
  next: string
  texts: Promise<Texts>
}

/** The client goes on telling the server when the page has gone. Milliseconds. */
const LONGEST_SIGN_OUT = 4000

/** Keeps a page of somebody who is signed in true: it renews, and leaves when the session ends, in whichever tab that was. */
export function watchSession(client: Client, { next, texts }: Given): void {
  let leaving = false
  const leave = (address: string): void => {
    if (leaving) return
    leaving = true
    location.assign(address)
  }

  client.subscribe((state, { type, by, why, reason }) => {
    // Of a sign-out asked for here the server has yet to be told.
    const own = by === 'this tab' && why === 'asked' && reason === 'session_signed_out'
    if (type === 'signed-out' && !own) leave(signInAddress(reason, next))
    else if (type === 'replaced') location.reload()
    else if (type === 'reachable' || type === 'unreachable')
      void texts.then((text) => showReachable(state.reachable, text))
  })

  for (const form of document.querySelectorAll<HTMLFormElement>('form[data-sign-out]')) {
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      void Promise.race([client.signOut(), pause(LONGEST_SIGN_OUT)]).then(() =>
        leave('/login?reason=signed_out'),
      )
    })
  }

  // Going back after a sign-out would show the page as it was.
  window.addEventListener('pageshow', ({ persisted }) => {
    if (persisted) location.reload()
  })
}

/** The sign-in page, with why one is there and where one was. */
export function signInAddress(reason: string | null | undefined, next: string): string {
  return `/login?${new URLSearchParams({ reason: reason ?? 'session_signed_out', next })}`
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds))

function showReachable(reachable: boolean, text: Texts): void {
  setText(byId('status'), reachable ? '' : text.layout.unreachable)
}
