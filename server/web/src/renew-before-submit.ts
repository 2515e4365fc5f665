import { SignedOut, type Client } from 'latchkey/client'

/** A form is sent by the browser, which cannot renew: so the access token is made good before, and what was typed is not lost. */
export function renewBeforeSubmit(form: HTMLFormElement, client: Client): void {
  let busy = false
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    if (busy) return
    busy = true
    const over = await client.fetch('/session').then(
      () => false,
      (error: unknown) => error instanceof SignedOut,
    )
    // A page whose session is over leaves by itself.
    if (!over) form.submit()
    busy = false
  })
}
