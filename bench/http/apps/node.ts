import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createVerifier } from 'fast-jwt'
import { jwtVerify } from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import { guard } from 'latchkey/node'
import { SECRET, SECRET_KEY } from '../../jwt/tokens.ts'
import { BODY, auth } from './auth.ts'

const check = guard(auth)
const fastJwt = createVerifier({ key: SECRET })
const bearer = (request: IncomingMessage): string => request.headers.authorization!.slice(7)

const ROUTES: Record<string, (request: IncomingMessage, response: ServerResponse) => unknown> = {
  '/bare': (_request, response) => respond(response),
  '/latchkey': latchkey,
  '/fast-jwt': (request, response) => (fastJwt(bearer(request)), respond(response)),
  '/jsonwebtoken': (request, response) => (
    jsonwebtoken.verify(bearer(request), SECRET_KEY),
    respond(response)
  ),
  '/jose': async (request, response) => (
    await jwtVerify(bearer(request), SECRET_KEY),
    respond(response)
  ),
}

/** The guard returns a promise only if it must read the store. */
function latchkey(request: IncomingMessage, response: ServerResponse): unknown {
  const passed = check(request, response)
  return passed === true
    ? respond(response)
    : passed && passed.then((isPassed) => isPassed && respond(response))
}

function respond(response: ServerResponse): void {
  response.setHeader('Content-Type', 'application/json')
  response.end(JSON.stringify(BODY))
}

export async function start(): Promise<number> {
  const server = createServer((request, response) => void ROUTES[request.url!]!(request, response))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return (server.address() as AddressInfo).port
}
