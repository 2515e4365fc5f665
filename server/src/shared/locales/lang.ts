/** The languages of the pages, as they are named in `?lang=` and in the cookie `lang`. */
export type Lang = 'en' | 'zh'

/** The attribute `lang` of a page, and the locale of its dates and numbers (BCP 47). */
export const LOCALE_TAGS: Readonly<Record<Lang, string>> = { en: 'en', zh: 'zh-Hans' }
