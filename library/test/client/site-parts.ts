/** What the test site is made of: its page, its modules, and how it reads a request. */
import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { COOKIES, type Mode } from '../../src/protocol.ts'

const SOURCE = join(import.meta.dirname, '../../src')
const modules = new Map<string, string>()

export const PAGE = `<!doctype html><title>page</title><link rel="icon" href="data:,"><script type="module">
import * as cookie from '/src/client/index.ts'
import * as header from '/src/client/header.ts'
import { withTicket } from '/src/client/integrations/ticket.ts'
globalThis.latchkey = { cookie, header, withTicket }
</script>`

export interface Answer {
  status: number
  headers?: Array<[string, string]>
  /** JSON, unless it is text. */
  body?: unknown
}

/** A source file as the browser can run it. */
export function moduleAt(file: string): string {
  const known = modules.get(file) ?? stripTypeScriptTypes(readFileSync(join(SOURCE, file), 'utf8'))
  modules.set(file, known)
  return known
}

export const challenge = (words: string): Answer => ({
  status: 401,
  headers: [['www-authenticate', words]],
  body: { error: 'refused', message: '' },
})

/** The token that a request brings, or '', and the way it came. */
export function presented(
  { headers }: IncomingMessage,
  kind: 'access' | 'refresh',
): [token: string, mode: Mode] {
  const bearer = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1]
  if (bearer) return [bearer, 'header']
  const cookie = headers.cookie?.split('; ').find((pair) => pair.startsWith(`${COOKIES[kind]}=`))
  return [cookie?.slice(COOKIES[kind].length + 1) ?? '', 'cookie']
}
