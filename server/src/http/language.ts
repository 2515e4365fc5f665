import type { Context } from 'hono'
import { LOCALES, type Lang } from '../shared/locales/index.ts'
import { readCookie } from './cookies.ts'

const isLang = (value: string | undefined): value is Lang =>
  value !== undefined && Object.hasOwn(LOCALES, value)

/** Returns the language that the address asks for, as in `?lang=zh`. */
export function requestedLang(context: Context): Lang | undefined {
  const lang = context.req.query('lang')
  return isLang(lang) ? lang : undefined
}

/** Returns the language of a page: from the address, the cookie, or `Accept-Language`. */
export function langOf(context: Context): Lang {
  const requested = requestedLang(context)
  if (requested !== undefined) return requested
  const fromCookie = readCookie(context, 'lang')
  return isLang(fromCookie) ? fromCookie : preferredLang(context.req.header('accept-language'))
}

/** Characters of the header that are read. */
const MAX_HEADER_LENGTH = 256

/** Picks a language by the primary subtag of each language range (RFC 9110, section 12.5.4). */
function preferredLang(header = ''): Lang {
  const [best] = header
    .slice(0, MAX_HEADER_LENGTH)
    .split(',')
    .map(parseRange)
    .filter(({ lang, quality }) => isLang(lang) && quality > 0)
    .sort((a, b) => b.quality - a.quality)
  return (best?.lang as Lang | undefined) ?? 'en'
}

function parseRange(range: string): { lang: string | undefined; quality: number } {
  const [tag = '', ...parameters] = range.trim().toLowerCase().split(';')
  const quality = parameters
    .map((parameter) => /^\s*q=([\d.]+)$/.exec(parameter)?.[1])
    .find((value) => value !== undefined)
  return { lang: tag.split('-')[0], quality: Number(quality ?? 1) }
}
