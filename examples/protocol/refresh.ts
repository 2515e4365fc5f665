import {
  attemptHeader,
  newAttempt,
  withAttempt,
  withResponse,
} from 'latchkey/client/refresh-attempts'
import type { Attempts } from 'latchkey/client/refresh-attempts'
import { ATTEMPT_HEADER, PATHS, type TokenResponse } from 'latchkey/protocol'

/**
 * What the client stores. `generation` is 0 after a sign-in, `pending` and `previous` are null.
 */
export interface Saved extends Attempts {
  refreshToken: string
}

/**
 * Refreshes from a client that is not a browser. `save` stores the record on disk. If the response
 * is lost, the next call sends the same attempt and gets the same tokens.
 */
export async function refresh(
  base: string,
  saved: Saved,
  save: (record: Saved) => Promise<void>,
): Promise<TokenResponse> {
  const begun = withAttempt(saved, newAttempt)
  await save(begun)
  const response = await fetch(base + PATHS.refresh, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${begun.refreshToken}`,
      [ATTEMPT_HEADER]: attemptHeader(begun),
    },
  })
  if (!response.ok) throw new Error(`The refresh failed with ${response.status}.`)
  const tokens = (await response.json()) as TokenResponse
  const { generation, refresh_token: refreshToken } = tokens
  await save(withResponse(begun, begun.generation, { generation, refreshToken: refreshToken! }))
  return tokens
}
