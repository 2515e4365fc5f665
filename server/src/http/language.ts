import type { Context } from 'hono'
import { readCookie } from './cookies.ts'
import { LOCALES, type Lang } from '../shared/locales/index.ts'

const isLang = (value: string | undefined): value is Lang =>
  value !== undefined && Object.hasOwn(LOCALES, value)

/** The language that an address asks for, as `?lang=zh`. */
export function chosenLang(context: Context): Lang | undefined {
  const lang = context.req.query('lang')
  return isLang(lang) ? lang : undefined
}

/** The language of a page: the one chosen now, the one chosen before, or the first that the browser prefers. */
export function langOf(context: Context): Lang {
  const kept = readCookie(context, 'lang')
  return (
    chosenLang(context) ?? (isLang(kept) ? kept : preferred(context.req.header('accept-language')))
  )
}

/** Longest header that is looked at, in characters. */
const LIMIT = 256

/** RFC 9110, section 12.5.4; by the first part of each tag. */
function preferred(header = ''): Lang {
  const ranges = header
    .slice(0, LIMIT)
    .split(',')
    .map((range) => {
      const [tag = '', ...parameters] = range.trim().toLowerCase().split(';')
      const quality = parameters
        .map((each) => /^\s*q=([\d.]+)$/.exec(each)?.[1])
        .find((each) => each !== undefined)
      return { lang: tag.split('-')[0], quality: Number(quality ?? 1) }
    })
  const best = ranges
    .filter(({ lang, quality }) => isLang(lang) && quality > 0)
    .sort((one, other) => other.quality - one.quality)[0]
  return (best?.lang as Lang | undefined) ?? 'en'
}
