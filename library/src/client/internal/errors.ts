/** The session has ended. Show the sign-in page. */
export class SignedOut extends Error {
  override readonly name = 'SignedOut'
  /** Why it ended: a code of the server, such as `session_idle`. */
  declare readonly reason: string

  constructor(reason = 'token_missing') {
    super(`Signed out: ${reason}`)
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

  /** `cause` is the error of `fetch`, or says which status the server returned. */
  constructor(milliseconds: number, cause?: unknown) {
    super('Sign-in server unreachable', { cause })
    this.retryAfter = Math.ceil(milliseconds / 1000)
  }
}

/**
 * The sign-in server refuses the refresh for a reason that trying again does not change, such as
 * the origin of the page. Nobody was signed out: the developer has to correct the setup.
 */
export class Refused extends Error {
  override readonly name = 'Refused'
  /** A code of the server, such as `csrf_refused`. */
  declare readonly code: string
  declare readonly status: number

  constructor(status: number, code: string, message: unknown) {
    super(`${status} ${code}: ${message as string}`)
    this.code = code
    this.status = status
  }
}

/**
 * Another session replaced the one that the request was made under. The request was not repeated
 * under the new one.
 */
export class Replaced extends Error {
  override readonly name = 'Replaced'

  constructor() {
    super('Another session began')
  }
}
