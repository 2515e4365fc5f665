/** The cookies of a browser, or the tokens that a page stores instead: values by name. */
export type Cookies = Readonly<Record<string, string>>

/** One request of a browser. */
export interface StackRequest {
  cookies: Cookies
  /** Number of the server that receives it, from 0 to `servers - 1`. */
  server: number
}

/** A response, reduced to what every stack has. */
export interface StackResponse {
  /** HTTP status; 0 if there was no response. */
  status: number
  /** Cookies that the response sets; null deletes a cookie. */
  set: Readonly<Record<string, string | null>>
  /** Seconds until the access token expires; null if the response does not say. */
  expiresIn: number | null
  /** The generation of the tokens, if the stack counts refreshes; null otherwise. */
  generation: number | null
  /** The session has ended for good, as a client of the stack interprets the response. */
  ended: boolean
}

/** A fault of the servers or of the database that stores their sessions. */
export type Fault =
  /** The process is killed after this many further store operations, perhaps during a request. */
  | { type: 'server-crash'; server: number; afterOperations: number }
  | { type: 'server-start'; server: number }
  | { type: 'database-down' }
  | { type: 'database-up' }
  /**
   * From now on a replica, or a backup, misses rotations, but no sign-in and no end of a session.
   */
  | { type: 'replica-lag' }
  /** The replica replaces the database. */
  | { type: 'failover' }

/** A sign-in stack under test. Requests may reject: that counts as no response. */
export interface Stack {
  name: string
  /** The cookie that a refresh presents. */
  refreshCookie: string
  /** Lifetime of an access token in seconds. */
  accessLifetime: number
  /** Seconds for which a replaced refresh token is still accepted. */
  grace: number
  /** Number of servers. */
  servers: number
  signIn(identity: string, server: number): Promise<StackResponse>
  /** Requests a protected route. */
  use(request: StackRequest): Promise<StackResponse>
  /**
   * `attempts` is the value of the header `Refresh-Attempt`. A stack without it ignores the value.
   */
  refresh(request: StackRequest, attempts: string | null): Promise<StackResponse>
  signOut(request: StackRequest): Promise<StackResponse>
  /** Resolves with false if the stack does not support this fault. */
  injectFault(fault: Fault): Promise<boolean>
}

/** Creates a stack whose clock is `now`: milliseconds since 1970. */
export type MakeStack = (now: () => number) => Stack | Promise<Stack>

export const NO_RESPONSE: StackResponse = {
  status: 0,
  set: {},
  expiresIn: null,
  generation: null,
  ended: false,
}

export const isSuccess = ({ status, ended }: StackResponse): boolean =>
  status >= 200 && status < 300 && !ended
