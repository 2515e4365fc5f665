import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Store } from 'latchkey'

/** Who may register: everybody, whoever has an invitation, or nobody. */
export type RegistrationMode = 'open' | 'invite' | 'closed'

/** Milliseconds in which an invitation can be used. */
export const INVITATION_LIFETIME = 7 * 24 * 60 * 60 * 1000

export interface Invitations {
  /** Returns a new invitation, which is good for one account. */
  create(): string
  /** Returns true if the invitation is genuine and has not expired. It may have been used. */
  isGenuine(invitation: string): boolean
  /** Uses an invitation up. Returns false if it is not genuine, has expired, or has been used. */
  use(invitation: string): Promise<boolean>
}

interface InvitationServices {
  /** The first key signs, every key verifies. */
  keys: readonly Buffer[]
  store: Pick<Store, 'claimOnce'>
  /** Milliseconds since 1970. */
  now: () => number
}

const sign = (key: Buffer, id: string, expiresAt: string): Buffer =>
  createHmac('sha256', key).update(`${id} ${expiresAt}`).digest()

const FORM = /^([\w-]{22})\.(\d{13})\.([\w-]{43})$/

/** Invitations are signed and not stored; the store remembers those that were used. */
export function createInvitations({ keys, store, now }: InvitationServices): Invitations {
  function read(invitation: string): { id: string; expiresAt: number } | null {
    const [, id, expiresAt, signature] = FORM.exec(invitation) ?? []
    if (id === undefined || Number(expiresAt) <= now()) return null
    const received = Buffer.from(signature!, 'base64url')
    const genuine = keys.some((key) => timingSafeEqual(sign(key, id, expiresAt!), received))
    return genuine ? { id, expiresAt: Number(expiresAt) } : null
  }

  return {
    create() {
      const id = randomBytes(16).toString('base64url')
      const expiresAt = String(now() + INVITATION_LIFETIME)
      return `${id}.${expiresAt}.${sign(keys[0]!, id, expiresAt).toString('base64url')}`
    },
    isGenuine: (invitation) => read(invitation) !== null,
    async use(invitation) {
      const found = read(invitation)
      return (
        found !== null && (await store.claimOnce(`invitation ${found.id}`, found.expiresAt, now()))
      )
    },
  }
}
