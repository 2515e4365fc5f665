const KEY = 'latchkey-typed'

interface Typed {
  path: string
  username: string
}

/**
 * Keeps a username that was typed while the page changes its language. Not in the address, which is
 * in histories and logs.
 */
export function keepTypedName(form: HTMLFormElement): void {
  const input = form.querySelector<HTMLInputElement>('input[name=username]')
  if (input === null) return
  const typed = take()
  if (typed?.path === location.pathname && input.value === '') input.value = typed.username
  for (const link of document.querySelectorAll('footer a[hreflang]'))
    link.addEventListener('click', () => save({ path: location.pathname, username: input.value }))
}

// The storage of a browser may be switched off.
function save(typed: Typed): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(typed))
  } catch {}
}

function take(): Typed | null {
  try {
    const typed = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Typed | null
    sessionStorage.removeItem(KEY)
    return typed
  } catch {
    return null
  }
}
