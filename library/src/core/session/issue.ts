import type { Device } from '../../protocol.ts'
import type { Session } from '../store.ts'
import type { TokenAdditions } from '../token-claims-callbacks.ts'
import type { Arrival } from './arrival.ts'
import type { SessionContext } from './context.ts'
import type { Decision, Presented } from './decide.ts'
import { isOtherDevice, sessionEvent } from './events.ts'
import { createTokenSet, type TokenSet } from './token-set.ts'

export interface Refreshed {
  ok: true
  /**
   * `rotated`: the tokens are of a new generation. `repeated`: they are of the current one.
   * `recovered`: the store had lost writes, and the session continues from the client's token.
   */
  how: 'rotated' | 'repeated' | 'recovered'
  /**
   * False if the client already holds this refresh token. The response must then not set the
   * refresh cookie: if it arrived late, it would overwrite a newer one.
   */
  changed: boolean
  tokens: TokenSet
}

/** One refresh request, after its token was authenticated. */
export interface RefreshRequest {
  presented: Presented
  device: Device
  arrival: Arrival
  /** Milliseconds since 1970. */
  now: number
}

/** The times of a generation that counts as issued at `issuedAt`, and as used at `now`. */
export const timesOf = (
  { settings }: SessionContext,
  row: Session,
  now: number,
  issuedAt = now,
) => ({
  issuedAt,
  idleEndsAt: Math.min(now + settings.idleLifetime, row.endsAt),
})

/** Issues the current generation again. Null if another request changed the row in between. */
export async function repeat(
  context: SessionContext,
  row: Session,
  { extend }: Decision & { do: 'repeat' },
  { presented, device, now }: RefreshRequest,
  additions: TokenAdditions | null,
): Promise<Refreshed | null> {
  const { settings, store } = context
  const times = timesOf(context, row, now)
  if (extend && !(await store.extend(row.id, row.generation, times))) return null
  reportRepeat(context, row, now, device)
  const current = extend ? { ...row, ...times } : row
  return {
    ok: true,
    how: 'repeated',
    changed: extend || presented.generation !== row.generation,
    tokens: createTokenSet(settings, current, now, { fresh: false, additions }),
  }
}

/** The current generation was issued again, perhaps to another device. */
export function reportRepeat(
  { settings }: SessionContext,
  row: Session,
  now: number,
  device: Device,
): void {
  settings.onEvent({
    ...sessionEvent('repeated', now, row, device),
    holder: row.device,
    otherDevice: isOtherDevice(device, row.device),
  })
}

/** Moves the session to its next generation. Null if another request changed the row in between. */
export async function rotate(
  context: SessionContext,
  row: Session,
  { to, recovered }: Decision & { do: 'rotate' },
  { presented, device, now }: RefreshRequest,
  additions: TokenAdditions | null,
): Promise<Refreshed | null> {
  const { settings, store } = context
  const times = timesOf(context, row, now)
  const next = { ...times, generation: to, attempt: presented.attempt, device }
  const current = { ...row, ...next, used: false }
  const tell = () =>
    settings.onEvent(sessionEvent(recovered ? 'recovered' : 'refreshed', now, current, device))
  const write = {
    find: async () => [await store.read(row.id)],
    isDone: (found: Session) => found.generation === to && found.issuedAt === next.issuedAt,
    tell,
  }
  if (!(await context.unconfirmedWrites.watch(write, () => store.rotate(row.id, row, next))))
    return null
  tell()
  return {
    ok: true,
    how: recovered ? 'recovered' : 'rotated',
    changed: true,
    tokens: createTokenSet(settings, current, now, { fresh: false, additions }),
  }
}
