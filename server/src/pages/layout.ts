import { html } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'
import { LOCALE_TAGS, type Lang, type Texts } from '../shared/locales/index.ts'
import { favicon, logo } from './logo.ts'
import { withLang } from './next.ts'

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>

/** Addresses of the built files; `js` is null where a page is to stand without script. */
export interface Assets {
  css: string
  js: string | null
}

/** What every page is given. */
export interface PageView {
  lang: Lang
  text: Texts
  /** The address of this page, with its query: the links to the other language keep it. */
  path: string
  assets: Assets
}

/** What a page is made of. */
interface Frame {
  /** The name by which the script knows the page. */
  page: 'sign-in' | 'register' | 'account' | 'tokens' | 'renew' | 'problem'
  title: string
  main: Html
  /** Where the script goes on. */
  next?: string
  /** A form of the page was refused: its title says so first, for those who hear it. */
  refused?: boolean
  /** Shows the links of somebody who is signed in. */
  signedIn?: boolean
}

/** The whole document around a page. */
export function layout(view: PageView, frame: Frame): Html {
  const { lang, text, assets } = view
  const title = frame.refused === true ? text.layout.errorTitle(frame.title) : frame.title
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
  <body data-page="${frame.page}" ${frame.next === undefined ? null : html`data-next="${frame.next}"`}>
    <a class="skip" href="#main">${text.layout.skip}</a>
    <header class="top">
      <a class="brand" href="/">${logo}<span>Latchkey</span></a>
      ${frame.signedIn === true ? links(text, frame.page) : null}
    </header>
    <main id="main" tabindex="-1">${frame.main}</main>
    <footer class="foot">
      <nav aria-label="${text.layout.language}">${language(view, 'zh', '中文')} ${language(view, 'en', 'English')}</nav>
    </footer>
    <div id="status" class="status" role="status"></div>
  </body>
</html>`
}

function links(text: Texts, page: Frame['page']): Html {
  const link = (name: 'account' | 'tokens'): Html =>
    html`<a href="/${name}" ${page === name ? html`aria-current="page"` : null}>${text.layout[name]}</a>`
  return html`<nav class="links" aria-label="${text.layout.pages}">${link('account')}${link('tokens')}</nav>
      ${signOutForm(text.layout.signOut, 'quiet')}`
}

/** The form that ends this session. */
export function signOutForm(label: string, kind: 'quiet' | 'plain'): Html {
  return html`<form class="sign-out" method="post" action="/logout" data-sign-out>
        <input type="hidden" name="mode" value="cookie" />
        <button class="button ${kind}">${label}</button>
      </form>`
}

function language(view: PageView, lang: Lang, name: string): Html {
  const tag = LOCALE_TAGS[lang]
  const current = view.lang === lang ? html`aria-current="true"` : null
  return html`<a href="${withLang(view.path, lang)}" lang="${tag}" hreflang="${tag}" ${current}>${name}</a>`
}
