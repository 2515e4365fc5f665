import { ATTEMPT_HEADER, PATHS, type TokenResponse } from 'latchkey/protocol'

/**
 * Refreshes from a client that is not a browser. Create the attempt with `randomBytes(16)` in
 * base64url and store it before the call; if the response is lost, call again with the same one.
 */
export async function refresh(
  base: string,
  refreshToken: string,
  attempt: string,
): Promise<TokenResponse> {
  const response = await fetch(base + PATHS.refresh, {
    method: 'POST',
    headers: { authorization: `Bearer ${refreshToken}`, [ATTEMPT_HEADER]: attempt },
  })
  if (!response.ok) throw new Error(`The refresh failed with ${response.status}.`)
  return (await response.json()) as TokenResponse
}
