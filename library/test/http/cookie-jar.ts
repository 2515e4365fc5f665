/** A cookie jar as a browser has it, by RFC 6265bis, sections 5.6 and 5.7, for one top-level site. */
interface Cookie {
  name: string
  value: string
  domain: string
  isHostOnly: boolean
  path: string
  isPartitioned: boolean
}

export class CookieJar {
  #cookies: Cookie[] = []

  /** Takes the `Set-Cookie` values of a response of `url`. */
  receive(url: string, setCookies: readonly string[]): void {
    const { hostname } = new URL(url)
    for (const setCookie of setCookies) {
      const [pair, ...attributes] = setCookie.split('; ')
      const [, name, value] = /^([^=]+)=(.*)$/.exec(pair!)!
      const attribute = (wanted: string): string | undefined =>
        attributes.find((each) => each.startsWith(`${wanted}=`))?.slice(wanted.length + 1)
      const domain = attribute('Domain')
      const cookie: Cookie = {
        name: name!,
        value: value!,
        domain: domain ?? hostname,
        isHostOnly: domain === undefined,
        path: attribute('Path')!,
        isPartitioned: attributes.includes('Partitioned'),
      }
      const isHostOnlyAndRoot = cookie.isHostOnly && cookie.path === '/'
      if (!domainMatches(hostname, cookie) || (name!.startsWith('__Host-') && !isHostOnlyAndRoot))
        throw new Error(`a browser rejects ${setCookie}`)
      this.#store(cookie, attribute('Max-Age') !== '0')
    }
  }

  /** The cookies for a request, as pairs: those with longer paths first, then the oldest. */
  pairs(url: string): string[] {
    const { hostname, pathname } = new URL(url)
    return this.#cookies
      .filter((cookie) => domainMatches(hostname, cookie) && pathMatches(pathname, cookie.path))
      .toSorted((one, other) => other.path.length - one.path.length)
      .map(({ name, value }) => `${name}=${value}`)
  }

  get names(): string[] {
    return this.#cookies.map(({ name }) => name)
  }

  #store(cookie: Cookie, isKept: boolean): void {
    const keyOf = (each: Cookie): string =>
      JSON.stringify([each.name, each.domain, each.isHostOnly, each.path, each.isPartitioned])
    const index = this.#cookies.findIndex((other) => keyOf(other) === keyOf(cookie))
    if (index === -1 && isKept) this.#cookies.push(cookie)
    else if (index !== -1) this.#cookies.splice(index, 1, ...(isKept ? [cookie] : []))
  }
}

const domainMatches = (hostname: string, { domain, isHostOnly }: Cookie): boolean =>
  hostname === domain || (!isHostOnly && hostname.endsWith(`.${domain}`))

const pathMatches = (pathname: string, path: string): boolean =>
  pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`)
