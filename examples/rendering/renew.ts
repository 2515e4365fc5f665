import { createClient, SignedOut } from 'latchkey/client'

const client = createClient()
client.renew().then(
  () => location.reload(),
  (error: unknown) => {
    if (error instanceof SignedOut) location.replace('/sign-in')
    else document.body.textContent = 'No connection. Nobody was signed out: load the page again.'
  },
)
