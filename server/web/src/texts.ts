import type { Texts } from '../../src/shared/locales/en.ts'
import type { Lang } from '../../src/shared/locales/lang.ts'

/** The language that the server chose for this page. */
export const lang: Lang = document.documentElement.lang.startsWith('zh') ? 'zh' : 'en'

/** Fetches the texts of that language only. */
export async function loadTexts(): Promise<Texts> {
  return lang === 'zh'
    ? (await import('../../src/shared/locales/zh.ts')).zh
    : (await import('../../src/shared/locales/en.ts')).en
}
