import { en, type Texts } from './en.ts'
import type { Lang } from './lang.ts'
import { zh } from './zh.ts'

export type { Texts, MessageValues } from './en.ts'
export { LOCALE_TAGS, type Lang } from './lang.ts'

/** The texts of the pages in each language. */
export const LOCALES: Readonly<Record<Lang, Texts>> = { en, zh }
