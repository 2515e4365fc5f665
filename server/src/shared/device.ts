import type { Device } from 'latchkey/protocol'
import type { Texts } from './locales/index.ts'

/** The first line that matches names the program: browsers claim to be each other, so the order is the meaning. */
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

/** User agents are as long as their sender likes; what we look for comes early. */
const LIMIT = 512

/** Names the program and the system of a `User-Agent`, for its owner to recognise: it is what the device says of itself. */
export function parseUserAgent(userAgent: string | undefined): {
  program: string | null
  system: string | null
} {
  const said = (userAgent ?? '').slice(0, LIMIT)
  const first = (table: ReadonlyArray<[RegExp, string]>): string | null =>
    table.find(([pattern]) => pattern.test(said))?.[1] ?? null
  return { program: first(PROGRAMS), system: first(SYSTEMS) }
}

/** The device in the reader's language, without its address. */
export function deviceText(userAgent: string | undefined, text: Texts): string {
  const { program, system } = parseUserAgent(userAgent)
  if (program !== null && system !== null) return text.device.programOn(program, system)
  return program ?? system ?? text.device.unknown
}

/** The device in the reader's language, and where it is. */
export function deviceWithAddress(device: Device, text: Texts): string {
  return text.device.withAddress(
    deviceText(device.userAgent, text),
    device.address ?? text.account.addressUnknown,
  )
}
