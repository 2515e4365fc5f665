/** The session is over. Send the person to the sign-in page. */
export class SignedOut extends Error {
  override readonly name = 'SignedOut'
  /** Why it is over: a code of the server, such as `session_idle`. */
  declare readonly reason: string

  constructor(reason = 'token_missing') {
    super(`Signed out (${reason}): sign in again`)
    this.reason = reason
  }
}

/** The sign-in server did not answer, or not sensibly. Nobody was signed out: keep what is on the screen and try again. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'
  /** Seconds after which the client itself would try again. */
  declare readonly retryAfter: number

  constructor(milliseconds: number) {
    super('Sign-in server unreachable: try again')
    this.retryAfter = Math.ceil(milliseconds / 1000)
  }
}

/** Another session took the place of the one that the request was made under. It was not repeated under the new one. */
export class Replaced extends Error {
  override readonly name = 'Replaced'

  constructor() {
    super('Another session began: not repeated')
  }
}
