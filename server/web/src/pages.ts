import './pages.css'
import { createClient } from 'latchkey/client'
import { enhanceCredentialsForm } from './credentials-form.ts'
import { keepTypedName } from './keep-typed.ts'
import { lang, loadTexts } from './page-context.ts'
import { renewBeforeSubmit } from './renew-before-submit.ts'
import { renewAndContinue } from './renew.ts'
import { addRevealButtons } from './reveal-password.ts'
import { watchSession } from './signed-in.ts'
import { localizeTimes } from './times.ts'

const next = document.body.dataset.next ?? '/account'

const PAGES: Readonly<Record<string, () => void | Promise<void>>> = {
  'sign-in': startCredentials,
  register: startCredentials,
  account: startAccount,
  tokens: startTokens,
  renew: () => renewAndContinue(createClient(), next),
}

localizeTimes(document, lang)
void PAGES[document.body.dataset.page ?? '']?.()

function startCredentials(): void {
  const texts = loadTexts()
  void addRevealButtons(texts)
  for (const form of document.querySelectorAll<HTMLFormElement>('form[data-sign-in]')) {
    keepTypedName(form)
    enhanceCredentialsForm(form, createClient(), { next, texts })
  }
}

function startAccount(): void {
  const texts = loadTexts()
  void addRevealButtons(texts)
  const client = createClient()
  watchSession(client, { next, texts })
  for (const form of document.querySelectorAll<HTMLFormElement>('form[action^="/account/"]'))
    renewBeforeSubmit(form, client)
}

async function startTokens(): Promise<void> {
  const texts = loadTexts()
  const [{ startTokensPage }, text] = await Promise.all([import('./tokens/tokens-page.ts'), texts])
  // Not before the page has loaded: it must see the first renewal of the client.
  const client = createClient()
  watchSession(client, { next, texts })
  startTokensPage(client, text)
}
