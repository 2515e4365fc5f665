import type { RequestHead } from './any-request.ts'

/**
 * Whether this value of `Origin` is the origin that the request was sent to: the same host and
 * port and, if that is known, the same scheme. Behind a proxy that terminates TLS only https is
 * known, by a header that browsers do not let pages set.
 */
export function isOwnOrigin(origin: string, head: RequestHead): boolean {
  if (!/^https?:\/\//.test(origin) || !URL.canParse(origin)) return false
  const { protocol, host } = new URL(origin)
  if (protocol === 'http:' && isSecure(head)) return false
  return hostsOf(head).some((own) => normalizedHost(protocol, own) === host)
}

function isSecure(head: RequestHead): boolean {
  return (
    head.secure === true ||
    head.url?.startsWith('https:') === true ||
    firstOf(head.header('x-forwarded-proto')) === 'https'
  )
}

/** By which hosts the request was sent. A forwarded host counts only if the framework trusts it. */
function hostsOf(head: RequestHead): string[] {
  const asked = head.header('host') ?? hostOfUrl(head.url)
  const forwarded = firstOf(head.header('x-forwarded-host'))
  const { hostname } = head
  const isTrusted =
    forwarded !== undefined &&
    hostname !== undefined &&
    withoutPort(forwarded) === withoutPort(hostname)
  return [...(asked === undefined ? [] : [asked]), ...(isTrusted ? [forwarded] : [])]
}

const hostOfUrl = (url: string | undefined): string | undefined =>
  /^https?:\/\/([^/?#]+)/.exec(url ?? '')?.[1]

const firstOf = (list: string | undefined): string | undefined => list?.split(',', 1)[0]!.trim()

const withoutPort = (host: string): string => host.replace(/:\d+$/, '').toLowerCase()

/** In lower case, and without the default port; null for what is no host (RFC 9110, 7.2). */
function normalizedHost(protocol: string, host: string): string | null {
  const url = `${protocol}//${host}/`
  return /^[\w.:[\]-]+$/.test(host) && URL.canParse(url) ? new URL(url).host : null
}
