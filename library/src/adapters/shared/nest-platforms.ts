import { settingsOf } from '../../core/settings-of-auth.ts'
import type { Reply } from '../../core/errors.ts'
import type { TokenSet } from '../../core/session/token-set.ts'
import type { SessionAuth } from '../../http/auth-types.ts'
import { MAX_BODY_BYTES } from '../../http/body.ts'
import { refusalReply, tokenReply } from '../../http/replies.ts'
import type { Body, RequestView } from '../../http/request.ts'
import { signInReply, type SignInRequestOptions } from '../../http/start-session.ts'
import type { AddressOption } from '../../http/routes/index.ts'
import type { Mode } from '../../protocol.ts'
import { nodeBodyOnly } from './node-body.ts'
import { NodeView, type FrameworkRequest, type NodeRequest } from './node-request.ts'
import { send as sendOnNode, type NodeResponse } from './node-response.ts'

/** Express's request extends Node's; Fastify's wraps it. */
export type NestRequest = NodeRequest | (FrameworkRequest & { raw: NodeRequest })

/** In place of a request: the headers that a message stands for. */
export interface MessageHeaders {
  headers: Readonly<Record<string, string | undefined>>
}

/** Express's response extends Node's; Fastify's reply wraps it. */
export type NestResponse = NodeResponse | NestReply

/** The members of Fastify's reply that the adapter uses. */
export interface NestReply {
  raw: object
  header(name: string, value: string): unknown
  code(status: number): { send(body?: unknown): unknown }
}

/** Nest has no common way: Express replaces a header, Fastify adds a cookie. */
export function addHeader(response: NestResponse, name: string, value: string): void {
  if ('raw' in response) response.header(name, value)
  else if (name === 'Set-Cookie') response.appendHeader(name, value)
  else response.setHeader(name, value)
}

function send(response: NestResponse, reply: Reply): void {
  if (!('raw' in response)) return sendOnNode(response, reply)
  for (const [name, value] of reply.headers) addHeader(response, name, value)
  response.code(reply.status).send(reply.body)
}

/** Sends the tokens of a sign-in, as JSON or in cookies. */
export function sendTokens(
  auth: SessionAuth,
  response: NestResponse,
  tokens: TokenSet,
  mode: Mode = 'header',
): void {
  send(response, tokenReply(settingsOf(auth), tokens, mode))
}

/** Sends a refusal: of a guard, of `bodyOf`, or one with a code of the application's own. */
export function sendRefusal(
  response: NestResponse,
  refusal: { code: string; status: number; message: string },
): void {
  send(response, refusalReply(refusal))
}

/**
 * Signs in the identity whose credentials a route of your own has checked, and sends the tokens.
 * Checks the origin, stores the device, and in cookie mode ends the session that is replaced.
 */
export async function signIn(
  auth: SessionAuth,
  request: NestRequest,
  response: NestResponse,
  identity: string,
  options?: SignInRequestOptions,
): Promise<void> {
  send(response, await signInReply(auth, viewOf(request), identity, options))
}

/**
 * The fields of a JSON or form body: one that the framework or a guard has parsed, or any of at
 * most 16 KiB. A refusal for any other body.
 */
export function bodyOf(request: NestRequest): Promise<Body> {
  return nodeBodyOnly(nodeRequestOf(request), request as FrameworkRequest, MAX_BODY_BYTES)
}

/** The request as Latchkey reads it, for `auth.authenticate` and `deviceOf`. */
export function viewOf(
  request: NestRequest,
  { address }: AddressOption<[NestRequest]> = {},
): RequestView {
  return new NodeView(
    nodeRequestOf(request),
    request as FrameworkRequest,
    address && (() => address(request)),
  )
}

/** The view that a guard checks. */
export function viewForGuard(request: NestRequest): RequestView {
  const node = nodeRequestOf(request)
  return node.headers.upgrade === undefined
    ? new NodeView(node, request as FrameworkRequest)
    : new HandshakeView(node, request as FrameworkRequest)
}

/**
 * The handshake of a WebSocket is a GET, and pages of other sites can cause it, with cookies. So
 * its origin is checked as that of a request that changes something.
 */
class HandshakeView extends NodeView {
  override get method(): string {
    return 'POST'
  }
}

const nodeRequestOf = (request: NestRequest): NodeRequest =>
  'raw' in request ? request.raw : request
