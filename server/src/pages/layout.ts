import { html } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'
import { LOCALE_TAGS, type Lang, type Texts } from '../shared/locales/index.ts'
import { favicon, logo } from './logo.ts'
import { withLang } from './return-path.ts'

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>

/** URLs of the built files. `js` is null if pages are served without a script. */
export interface Assets {
  css: string
  js: string | null
}

/** What every page needs. */
export interface PageView {
  lang: Lang
  text: Texts
  /** Path and query of this page. The links to the other language keep them. */
  path: string
  assets: Assets
}

/** What one page puts into the layout. */
interface PageContent {
  /** Tells the script which page this is. */
  page: 'sign-in' | 'register' | 'account' | 'tokens' | 'renew' | 'problem'
  title: string
  main: Html
  /** Where the script continues after a sign-in or a renewal. */
  next?: string
  /** A form of the page was refused. The title starts with this, for screen readers. */
  refused?: boolean
  /** Shows the navigation of signed-in users. */
  signedIn?: boolean
}

/** The whole document. */
export function layout(view: PageView, content: PageContent): Html {
  const { lang, text, assets } = view
  const { page, main, next } = content
  const title = content.refused === true ? text.layout.errorTitle(content.title) : content.title
  return html`<!doctype html>
<html lang="${LOCALE_TAGS[lang]}">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <meta name="referrer" content="same-origin" />
    <title>${title} · Latchkey</title>
    <link rel="icon" href="${favicon}" />
    <link rel="stylesheet" href="${assets.css}" />
    ${assets.js === null ? null : html`<script type="module" src="${assets.js}"></script>`}
  </head>
  <body data-page="${page}" ${next === undefined ? null : html`data-next="${next}"`}>
    <a class="skip" href="#main">${text.layout.skip}</a>
    <header class="header">
      <a class="brand" href="/">${logo}<span>Latchkey</span></a>
      ${content.signedIn === true ? navigation(text, page) : null}
    </header>
    <main id="main" tabindex="-1">${main}</main>
    <footer class="footer">
      <nav aria-label="${text.layout.language}">
        ${languageLink(view, 'zh', '中文')} ${languageLink(view, 'en', 'English')}
      </nav>
    </footer>
    <div id="status" class="status" role="status"></div>
  </body>
</html>`
}

function navigation(text: Texts, page: PageContent['page']): Html {
  const link = (name: 'account' | 'tokens'): Html => {
    const current = page === name ? html`aria-current="page"` : null
    return html`<a href="/${name}" ${current}>${text.layout[name]}</a>`
  }
  return html`<nav class="links" aria-label="${text.layout.pages}">
        ${link('account')} ${link('tokens')}
      </nav>
      ${signOutForm(text.layout.signOut, 'text')}`
}

/** The form that signs out the current session. */
export function signOutForm(label: string, style: 'text' | 'outlined'): Html {
  return html`<form class="sign-out" method="post" action="/logout" data-sign-out>
        <input type="hidden" name="mode" value="cookie" />
        <button class="button ${style}">${label}</button>
      </form>`
}

function languageLink(view: PageView, lang: Lang, name: string): Html {
  const tag = LOCALE_TAGS[lang]
  const current = view.lang === lang ? html`aria-current="true"` : null
  const href = withLang(view.path, lang)
  return html`<a href="${href}" lang="${tag}" hreflang="${tag}" ${current}>${name}</a>`
}
