/** Parts of the test site: its page, its modules, and how it reads a request. */
import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { COOKIES } from '../../src/protocol.ts'

const SOURCE = join(import.meta.dirname, '../../src')
const modules = new Map<string, string>()

export const PAGE = `<!doctype html><title>page</title><link rel="icon" href="data:,">
<script type="module">
import * as cookie from '/src/client/index.ts'
import * as header from '/src/client/header.ts'
import { withTicket } from '/src/client/integrations/ticket.ts'
globalThis.latchkey = { cookie, header, withTicket }
</script>`

export interface SiteResponse {
  status: number
  headers?: Array<[string, string]>
  /** A string is sent as it is, anything else as JSON. */
  body?: unknown
}

/** A source file as JavaScript. */
export function moduleAt(file: string): string {
  const code = modules.get(file) ?? stripTypeScriptTypes(readFileSync(join(SOURCE, file), 'utf8'))
  modules.set(file, code)
  return code
}

export const challenge = (value: string): SiteResponse => ({
  status: 401,
  headers: [['www-authenticate', value]],
  body: { error: 'refused', message: '' },
})

/** The refresh token of a request, from its header or its cookie; '' if there is none. */
export function refreshTokenOf({ headers }: IncomingMessage): string {
  const bearer = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1]
  if (bearer) return bearer
  const prefix = `${COOKIES.refresh}=`
  const cookie = headers.cookie?.split('; ').find((pair) => pair.startsWith(prefix))
  return cookie?.slice(prefix.length) ?? ''
}
