/** The response of the bench server to a sign-in and to a refresh. */
export interface Tokens {
  access_token: string
  refresh_token: string
  id_token: string
  expires_in: number
  /** Seconds since 1970. */
  expires_at: number
}

/** What every page program provides. */
export interface Peer {
  /** In the first tab. */
  signIn(): Promise<void>
  /** In every tab, after the sign-in. */
  start(): unknown
  /** Sends one request with the session. Returns its status, or rejects. */
  call(url: string): Promise<number>
  /** The same without any sign-in code, to measure the time that it adds. */
  plain(url: string): Promise<number>
}

export async function beginSession(): Promise<Tokens> {
  const response = await fetch('/start', { method: 'POST' })
  return response.json() as Promise<Tokens>
}

/** The refresh request that the user of a library writes. */
export async function exchange(refreshToken: string): Promise<Tokens> {
  const response = await fetch('/refresh', {
    method: 'POST',
    body: JSON.stringify({ refresh_token: refreshToken }),
  })
  if (!response.ok)
    throw Object.assign(new Error(`The refresh failed with status ${response.status}.`), {
      status: response.status,
    })
  return response.json() as Promise<Tokens>
}

/** The tokens in `localStorage`, as in most tutorials. */
export const storedTokens = {
  get: () => JSON.parse(localStorage.getItem('tokens') ?? 'null') as Tokens,
  set: (tokens: Tokens) => localStorage.setItem('tokens', JSON.stringify(tokens)),
}

export const statusOf = ({ status }: { status: number }): number => status
export const plainFetch = (url: string): Promise<number> => fetch(url).then(statusOf)
