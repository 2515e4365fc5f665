/** The session has ended. Show the sign-in page. */
export class SignedOut extends Error {
  override readonly name = 'SignedOut'
  /** Why it ended: a code of the server, such as `session_idle`. */
  declare readonly reason: string

  constructor(reason = 'token_missing') {
    super(`Signed out (${reason}): sign in again`)
    this.reason = reason
  }
}

/**
 * The sign-in server returned no usable response. Nobody was signed out: keep the page as it is and
 * try again.
 */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'
  /** Seconds until the client itself tries again. */
  declare readonly retryAfter: number

  constructor(milliseconds: number) {
    super('Sign-in server unreachable: try again')
    this.retryAfter = Math.ceil(milliseconds / 1000)
  }
}

/**
 * Another session replaced the one that the request was made under. The request was not repeated
 * under the new one.
 */
export class Replaced extends Error {
  override readonly name = 'Replaced'

  constructor() {
    super('Another session began: not repeated')
  }
}
