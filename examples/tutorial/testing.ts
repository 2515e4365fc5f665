import type { AuthEvent } from 'latchkey'
import type { TokenResponse } from 'latchkey/protocol'
import { close, listen } from '../testing.ts'
import { createTutorial, type TutorialOptions } from './app.ts'

export const SECRET = 'a secret that only the tests know, and long enough'

/** Starts the tutorial's server on a free port, with a clock that only `advance` moves. */
export async function startTutorial(options: Partial<TutorialOptions> = {}) {
  let now = Date.parse('2026-05-01T12:00:00Z')
  const events: AuthEvent[] = []
  const server = createTutorial({
    secret: SECRET,
    now: () => now,
    onEvent: (event) => events.push(event),
    ...options,
  })
  const origin = await listen(server)

  async function send(method: string, path: string, init: RequestInit = {}) {
    const response = await fetch(origin + path, { method, ...init })
    const text = await response.text()
    return {
      status: response.status,
      body: text === '' ? null : (JSON.parse(text) as Record<string, unknown>),
      response,
    }
  }
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    send('POST', path, {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    })

  async function signIn(fields: Record<string, string> = {}): Promise<Required<TokenResponse>> {
    const { status, body } = await send('POST', '/login', {
      body: new URLSearchParams({ username: 'test', password: 'test', ...fields }),
    })
    if (status !== 200) throw new Error(`/login responded with ${status}`)
    return body as unknown as Required<TokenResponse>
  }

  return {
    origin,
    events,
    send,
    post,
    signIn,
    advance: (seconds: number) => void (now += seconds * 1000),
    stop: () => close(server),
  }
}

export type Tutorial = Awaited<ReturnType<typeof startTutorial>>
