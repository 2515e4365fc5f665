import { createClient, SignedOut } from 'latchkey/client'

export const client = createClient({
  paths: { signIn: '/auth/login', refresh: '/auth/refresh', signOut: '/auth/logout' },
})

/** Where to continue: the parameter `next`, if it is a page of this site. */
function target(): string {
  const url = new URL(new URLSearchParams(location.search).get('next') ?? '/', location.origin)
  return url.origin === location.origin ? url.href : '/'
}

/** For the sign-in page. */
export async function signIn(event: { currentTarget: unknown; preventDefault(): void }) {
  event.preventDefault()
  const result = await client.signIn(new FormData(event.currentTarget as HTMLFormElement))
  if (result.ok) location.replace(target())
  else alert(result.message)
}

/** For the page `/renew`. */
export function renew(): void {
  client.renew().then(
    () => location.replace(target()),
    (error: unknown) => {
      if (error instanceof SignedOut) location.replace(`/sign-in${location.search}`)
      else document.body.textContent = 'No connection. Nobody was signed out: load the page again.'
    },
  )
}

/** Forms of a page that waited: sent after the client has renewed, if that is due. */
export function renewBeforeForms(): void {
  const renewed = new WeakSet<HTMLFormElement>()
  const onSubmit = async (event: SubmitEvent): Promise<void> => {
    const form = event.target as HTMLFormElement
    if (renewed.delete(form)) return
    event.preventDefault()
    event.stopImmediatePropagation()
    await client.fresh().catch(() => {}) // The server decides.
    renewed.add(form)
    // Later: a form ignores it until all listeners have had the event.
    setTimeout(() => form.requestSubmit(event.submitter))
  }
  addEventListener('submit', (event) => void onSubmit(event), true)
}
