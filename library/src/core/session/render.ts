import type { Device } from '../../protocol.ts'
import { refuse, type Refusal } from '../errors.ts'
import type { Session } from '../store.ts'
import { runCallback } from '../token-check-callbacks.ts'
import { sessionAdditions, type TokenAdditions } from '../token-claims-callbacks.ts'
import { arrivalNow } from './arrival.ts'
import type { SessionContext } from './context.ts'
import { decideForRender, type RenderDecision } from './decide.ts'
import { repeat, reportRepeat, rotate, timesOf, type RefreshRequest } from './issue.ts'
import { MAX_RETRIES, refuseEnded } from './refresh.ts'
import { decodeRefreshToken } from './refresh-token.ts'
import { createTokenSet, recordsUse, type TokenSet } from './token-set.ts'

/** A renewal while a page is rendered. */
export interface Rendered {
  ok: true
  /** False if the browser keeps its refresh token. */
  changed: boolean
  /** For the browser. */
  tokens: TokenSet
  /**
   * For the rest of this request. Its use does not count: that of the other one shows that the
   * browser has received the response.
   */
  accessToken: string
}

/**
 * Renews for a server that renders a page, by the rules of `decideForRender`. The refusal
 * `token_expired` leaves the renewal to the client of the browser. Never ends a session.
 */
export async function renewForRender(
  context: SessionContext,
  refreshToken: string,
  device: Device,
): Promise<Rendered | Refusal> {
  const { settings, store } = context
  const token = decodeRefreshToken(settings.refreshKeys, refreshToken)
  if (token === null) return refuse('token_invalid')
  const presented = { generation: token.generation, attempt: null, previous: null }
  return context.orUnavailable(async () => {
    for (let tries = 0; tries < MAX_RETRIES; tries++) {
      const now = settings.now()
      const row = await store.read(token.sessionId)
      const request = { presented, device, now, arrival: arrivalNow(now) }
      const result = await tryRender(context, row, request)
      if (result !== null) return result
    }
    return refuse('temporarily_unavailable')
  })
}

/** Decides once and carries it out. Null if another request changed the row in between. */
async function tryRender(
  context: SessionContext,
  row: Session | null,
  request: RefreshRequest,
): Promise<Rendered | Refusal | null> {
  const { settings } = context
  const decision = decideForRender(row, request.presented.generation, request.now, settings)
  if (decision.do === 'refuse') return refuseEnded(context, row, decision, request)
  if (decision.do === 'leave') return refuse('token_expired')
  const additions = await runCallback(settings, 'claims', () =>
    sessionAdditions(settings.callbacks, row!.identity),
  )
  return carryOut(context, row!, decision, request, additions)
}

async function carryOut(
  context: SessionContext,
  row: Session,
  decision: Exclude<RenderDecision, { do: 'refuse' | 'leave' }>,
  request: RefreshRequest,
  additions: TokenAdditions | null,
): Promise<Rendered | null> {
  const { settings } = context
  if (decision.do === 'peek') return peek(context, row, request, additions)
  const issued =
    decision.do === 'repeat'
      ? await repeat(context, row, decision, request, additions)
      : await rotate(context, row, decision, request, additions)
  if (issued === null) return null
  const { tokens, changed } = issued
  const current = { ...row, attempt: null, generation: tokens.generation }
  const accessToken = recordsUse(current)
    ? createTokenSet(settings, current, request.now, { fresh: false, additions, tracked: false })
        .accessToken
    : tokens.accessToken
  return { ok: true, changed, tokens, accessToken }
}

/** Issues an access token of the current generation. The session counts as used, not as issued. */
async function peek(
  context: SessionContext,
  row: Session,
  { device, now }: RefreshRequest,
  additions: TokenAdditions | null,
): Promise<Rendered | null> {
  const { settings, store } = context
  const times = timesOf(context, row, now, row.issuedAt)
  if (!(await store.extend(row.id, row.generation, times))) return null
  reportRepeat(context, row, now, device)
  const tokens = createTokenSet(settings, { ...row, ...times }, now, { fresh: false, additions })
  return { ok: true, changed: false, tokens, accessToken: tokens.accessToken }
}
