import type { Client } from 'latchkey/client'
import type { Texts } from '../../src/shared/locales/en.ts'
import { byId, setText } from './dom.ts'
import type { PageContext } from './page-context.ts'

/** How long the page waits for a sign-out. The client retries it on the next page. Milliseconds. */
const SIGN_OUT_TIMEOUT = 4000

/** Keeps the session of a page alive, and leaves the page when the session ends in any tab. */
export function watchSession(client: Client, { next, texts }: PageContext): void {
  let leaving = false
  const leave = (address: string): void => {
    if (leaving) return
    leaving = true
    location.assign(address)
  }

  client.subscribe((state, { type, by, why, reason }) => {
    // The submit handler below leaves the page after a sign-out by this page.
    const ownSignOut = by === 'this tab' && why === 'asked' && reason === 'session_signed_out'
    if (type === 'signed-out' && !ownSignOut) leave(signInAddress(reason, next))
    else if (type === 'replaced') location.reload()
    else if (type === 'reachable' || type === 'unreachable')
      void texts.then((text) => showReachable(state.reachable, text))
  })

  for (const form of document.querySelectorAll<HTMLFormElement>('form[data-sign-out]')) {
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      void Promise.race([client.signOut(), pause(SIGN_OUT_TIMEOUT)]).then(() =>
        leave('/login?reason=signed_out'),
      )
    })
  }

  // After a sign-out, the back button would show this page from the back/forward cache.
  window.addEventListener('pageshow', ({ persisted }) => {
    if (persisted) location.reload()
  })
}

/** The address of the sign-in page, with the reason and the page to return to. */
export function signInAddress(reason: string | null | undefined, next: string): string {
  return `/login?${new URLSearchParams({ reason: reason ?? 'session_signed_out', next })}`
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds))

function showReachable(reachable: boolean, text: Texts): void {
  setText(byId('status'), reachable ? '' : text.layout.unreachable)
}
