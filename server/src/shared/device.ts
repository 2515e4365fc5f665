import type { Device } from 'latchkey/protocol'
import type { Texts } from './locales/index.ts'

/** The first match wins. Browsers name each other in their user agents, so the order matters. */
const PROGRAMS: ReadonlyArray<[pattern: RegExp, name: string]> = [
  [/\bMicroMessenger\//, 'WeChat'],
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\b(?:OPR|OPT|OPX)\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|HeadlessChrome|CriOS|Chromium)\//, 'Chrome'],
  [/\bVersion\/[\d.]+.*\bSafari\//, 'Safari'],
  [/^curl\//, 'curl'],
  [/^Wget\//, 'Wget'],
  [/^python-requests\//, 'Python'],
  [/^Python\//, 'Python'],
  [/^Go-http-client\//, 'Go'],
  [/^(?:node|undici)\b/, 'Node.js'],
]

const SYSTEMS: ReadonlyArray<[pattern: RegExp, name: string]> = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bMac OS X\b|\bMacintosh\b/, 'macOS'],
  [/\bLinux\b|\bX11\b/, 'Linux'],
]

/** Characters of a user agent that are read. The client can send one of any length. */
const MAX_LENGTH = 512

/**
 * Finds the names of the program and the system in a `User-Agent`. They are for display only: any
 * client can send anything.
 */
export function parseUserAgent(userAgent: string | undefined): {
  program: string | null
  system: string | null
} {
  const start = (userAgent ?? '').slice(0, MAX_LENGTH)
  const find = (table: ReadonlyArray<[RegExp, string]>): string | null =>
    table.find(([pattern]) => pattern.test(start))?.[1] ?? null
  return { program: find(PROGRAMS), system: find(SYSTEMS) }
}

/** The name of a device in the language of `text`, without its address. */
export function deviceText(userAgent: string | undefined, text: Texts): string {
  const { program, system } = parseUserAgent(userAgent)
  if (program !== null && system !== null) return text.device.programOn(program, system)
  return program ?? system ?? text.device.unknown
}

/** The name of a device and its address in the language of `text`. */
export function deviceWithAddress(device: Device, text: Texts): string {
  return text.device.withAddress(
    deviceText(device.userAgent, text),
    device.address ?? text.account.addressUnknown,
  )
}
