/** The type of a setting. */
export interface Kind<T> {
  /** The allowed values, as the end of a sentence: "PORT must be …". */
  allowed: string
  /** Returns the value, or undefined if the text is not allowed. */
  read(text: string): T | undefined
  /** True for keys, passwords and tokens: a file with them must be private. */
  isSecret?: true
}

export function wholeNumber(min: number, max: number, unit = ''): Kind<number> {
  return {
    allowed: `a whole number${unit === '' ? '' : ` of ${unit}`} from ${min} to ${max}`,
    read(text) {
      const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
      return value >= min && value <= max ? value : undefined
    },
  }
}

export const seconds = (min: number, max: number): Kind<number> => wholeNumber(min, max, 'seconds')

export function oneOf<const T extends string>(...values: readonly T[]): Kind<T> {
  return { allowed: values.join(' or '), read: (text) => values.find((value) => value === text) }
}

export const flag: Kind<boolean> = {
  allowed: 'true or false',
  read: (text) => ({ true: true, 1: true, false: false, 0: false })[text],
}

/** A secret that is sent in a header without encoding. */
export const secret = (min: number): Kind<string> => ({
  allowed: `a random text of at least ${min} letters, digits or characters of -._~+/=`,
  read: (text) =>
    text.length >= min && /^[A-Za-z0-9._~+/=-]{1,512}$/.test(text) ? text : undefined,
  isSecret: true,
})

export const path: Kind<string> = {
  allowed: 'the path of a folder',
  read: (text) => (text.includes('\0') ? undefined : text),
}

/** The content of a key file. */
export const keyFile: Kind<string> = {
  allowed: 'JSON',
  isSecret: true,
  read(text) {
    try {
      JSON.parse(text)
      return text
    } catch {
      return undefined
    }
  },
}

/** The URL of a database. It contains a password and must not be shown. */
export function databaseUrl(...protocols: string[]): Kind<string> {
  return {
    allowed: `a URL such as ${protocols[0]}//user:password@host`,
    read: (text) => (protocols.includes(URL.parse(text)?.protocol ?? '') ? text : undefined),
    isSecret: true,
  }
}

export const hostName: Kind<string> = {
  allowed: 'an address or a host name of this machine, such as 127.0.0.1 or 0.0.0.0',
  read: (text) => (/^[A-Za-z0-9.:_-]{1,253}$/.test(text) ? text : undefined),
}

export const origin: Kind<string> = {
  allowed: 'an origin without a path, such as https://sign-in.example',
  read(text) {
    const url = URL.parse(text)
    return url !== null && ['https:', 'http:'].includes(url.protocol) && url.origin === text
      ? text
      : undefined
  },
}

/** An issuer identifier (RFC 8414, section 2), without a slash at the end. */
export const issuer: Kind<string> = {
  allowed: 'an https:// URL without a query or a slash at the end, such as https://id.example',
  read(text) {
    const url = URL.parse(text)
    if (url === null || url.search !== '' || url.hash !== '' || url.username !== '')
      return undefined
    const isAllowed =
      url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
    return isAllowed && (url.href === text || url.href === `${text}/`) && !text.endsWith('/')
      ? text
      : undefined
  },
}

export const audience: Kind<string> = {
  allowed: 'a text of 1 to 256 visible characters without spaces',
  read: (text) => (/^[\x21-\x7e]{1,256}$/.test(text) ? text : undefined),
}

/** Shortest secret of a client: 32 characters of base64url have 192 bits. */
const CLIENT_SECRET_MIN = 32

/** A client and its secret. */
export interface ClientCredentials {
  id: string
  secret: string
}

/** Clients, as `id:secret` with commas between them. */
export const clients: Kind<readonly ClientCredentials[]> = {
  allowed:
    `a list such as shop:<secret>,billing:<secret>, with random secrets of at least ` +
    `${CLIENT_SECRET_MIN} letters, digits or characters of -._~+/=`,
  isSecret: true,
  read(text) {
    const matches = text
      .split(',')
      .map((entry) => /^([A-Za-z0-9._-]{1,64}):([A-Za-z0-9._~+/=-]{32,512})$/.exec(entry))
    return matches.every((match) => match !== null)
      ? matches.map((match) => ({ id: match[1]!, secret: match[2]! }))
      : undefined
  },
}

/**
 * Returns true for names and addresses of this machine only (RFC 6761, section 6.3; RFC 1122,
 * section 3.2.1.3; RFC 4291, section 2.5.3).
 */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|.+\.localhost|127(?:\.\d{1,3}){3}|::1|\[::1\])$/i.test(host)
}
