import './pages.css'
import { createClient } from 'latchkey/client'
import { renewBeforeSubmit } from './renew-before-submit.ts'
import { enhanceCredentialsForm } from './credentials-form.ts'
import { addRevealButtons } from './reveal-password.ts'
import { renewAndContinue } from './renew.ts'
import { watchSession } from './signed-in.ts'
import { lang, loadTexts } from './texts.ts'
import { localizeTimes } from './times.ts'

// Tells the server that script runs here and renews by itself. It outlives the browser, as the session does: a first page that the
// server renewed after a restart would be renewed without an attempt. 400 days, the longest that browsers keep a cookie.
document.cookie = 'js=1; Path=/; Max-Age=34560000; SameSite=Lax'

const next = document.body.dataset.next ?? '/account'

const STARTS: Readonly<Record<string, () => void | Promise<void>>> = {
  'sign-in': credentials,
  register: credentials,
  account,
  tokens,
  renew: () => renewAndContinue(createClient(), next),
}

localizeTimes(document, lang)
void STARTS[document.body.dataset.page ?? '']?.()

function credentials(): void {
  const texts = loadTexts()
  void addRevealButtons(texts)
  for (const form of document.querySelectorAll<HTMLFormElement>('form[data-sign-in]')) {
    enhanceCredentialsForm(form, createClient(), { next, texts })
  }
}

function account(): void {
  const texts = loadTexts()
  void addRevealButtons(texts)
  const client = createClient()
  watchSession(client, { next, texts })
  for (const form of document.querySelectorAll<HTMLFormElement>('form[action^="/account/"]'))
    renewBeforeSubmit(form, client)
}

async function tokens(): Promise<void> {
  const texts = loadTexts()
  const [page, text] = await Promise.all([import('./tokens/tokens-page.ts'), texts])
  // Only now: the page is to hear of its first renewal too.
  const client = createClient()
  watchSession(client, { next, texts })
  page.startTokensPage(client, text)
}
