import type { Texts } from '../../src/shared/locales/en.ts'
import type { Lang } from '../../src/shared/locales/lang.ts'

/** What the scripts of a page need. */
export interface PageContext {
  /** The address where the browser continues after a sign-in. */
  next: string
  texts: Promise<Texts>
}

/** The language that the server chose for this page. */
export const lang: Lang = document.documentElement.lang.startsWith('zh') ? 'zh' : 'en'

/** Loads the texts of this language only. */
export async function loadTexts(): Promise<Texts> {
  return lang === 'zh'
    ? (await import('../../src/shared/locales/zh.ts')).zh
    : (await import('../../src/shared/locales/en.ts')).en
}
