import { SignedOut, type Client } from 'latchkey/client'

/** The page under test: who is signed in, and a button that signs out. */
export async function showAccount(client: Client): Promise<void> {
  const response = await client.fetch('/me').catch(refusedWhenSignedOut)
  if (response === null || response.status === 401) {
    document.body.innerHTML = '<h1>Sign in</h1>'
    return
  }
  const { name } = (await response.json()) as { name: string }
  document.body.innerHTML = '<h1></h1><button>Sign out</button>'
  document.querySelector('h1')!.textContent = `Signed in as ${name}`
  document.querySelector('button')!.addEventListener('click', () => void client.signOut())
}

/** The session has ended. Other errors, such as a lost connection, are not for this page. */
function refusedWhenSignedOut(error: unknown): null {
  if (error instanceof SignedOut) return null
  throw error
}
