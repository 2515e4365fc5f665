import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto'
import { deriveBytes } from '../keys.ts'
import type { Settings } from '../options.ts'

/*
 * version (1 byte) ‖ session id (16) ‖ nonce (16) ‖ expiry in seconds since 1970 (4, big-endian) ‖
 * HMAC-SHA-256 over all of that and the audience (32), in base64url. 69 bytes fill 92 characters
 * exactly, so each ticket has only one spelling.
 */
const VERSION = 1
const SESSION_OFFSET = 1
const NONCE_OFFSET = 17
const EXPIRY_OFFSET = 33
const MAC_OFFSET = 37
const BYTES = 69
const CHARACTERS = 92

/** The longest audience of a ticket, in characters. */
export const MAX_AUDIENCE = 200

/** The contents of a ticket. */
export interface TicketContents {
  /** 22 characters of base64url. */
  sessionId: string
  /** 22 characters of base64url: 128 random bits. */
  nonce: string
  /** Milliseconds since 1970; whole seconds. */
  expiresAt: number
}

/** The keys for tickets, one for each secret. */
export const ticketKeys = ({ refreshKeys }: Pick<Settings, 'refreshKeys'>): readonly KeyObject[] =>
  refreshKeys.map(({ key }) => createSecretKey(deriveBytes(key.export(), 'ticket', 32)))

/** Encodes and signs a ticket. The audience is not part of the text, but of what is signed. */
export function encodeTicket(
  key: KeyObject,
  { sessionId, nonce, expiresAt }: TicketContents,
  audience: string,
): string {
  const ticket = Buffer.alloc(BYTES)
  ticket[0] = VERSION
  ticket.write(sessionId, SESSION_OFFSET, 16, 'base64url')
  ticket.write(nonce, NONCE_OFFSET, 16, 'base64url')
  ticket.writeUInt32BE(Math.floor(expiresAt / 1000), EXPIRY_OFFSET)
  mac(key, ticket, audience).copy(ticket, MAC_OFFSET)
  return ticket.toString('base64url')
}

/**
 * Decodes a ticket. Returns null unless one of the keys signed it for this audience. Does not check
 * its expiry, or whether it was used before.
 */
export function decodeTicket(
  keys: readonly KeyObject[],
  text: string,
  audience: string,
): TicketContents | null {
  if (text.length !== CHARACTERS) return null
  const ticket = Buffer.from(text, 'base64url')
  if (ticket.length !== BYTES || ticket[0] !== VERSION || ticket.toString('base64url') !== text)
    return null
  const signature = ticket.subarray(MAC_OFFSET)
  if (!keys.some((key) => timingSafeEqual(mac(key, ticket, audience), signature))) return null
  return {
    sessionId: ticket.toString('base64url', SESSION_OFFSET, NONCE_OFFSET),
    nonce: ticket.toString('base64url', NONCE_OFFSET, EXPIRY_OFFSET),
    expiresAt: ticket.readUInt32BE(EXPIRY_OFFSET) * 1000,
  }
}

const mac = (key: KeyObject, ticket: Buffer, audience: string): Buffer =>
  createHmac('sha256', key).update(ticket.subarray(0, MAC_OFFSET)).update(audience).digest()
