import { SignedOut, type Client } from 'latchkey/client'

/**
 * Renews the access token before a form is submitted. The browser submits the form itself and
 * cannot renew, so an expired token would lose the input.
 */
export function renewBeforeSubmit(form: HTMLFormElement, client: Client): void {
  let busy = false
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    if (busy) return
    busy = true
    const signedOut = await client.fetch('/session').then(
      () => false,
      (error: unknown) => error instanceof SignedOut,
    )
    // After a sign-out, `watchSession` leaves the page.
    if (!signedOut) form.submit()
    busy = false
  })
}
