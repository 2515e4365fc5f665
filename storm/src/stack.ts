/** What a browser, or a page in its place, holds of a session: values by name. */
export type Cookies = Readonly<Record<string, string>>

/** One request of a browser. */
export interface Asking {
  cookies: Cookies
  /** Which of the servers it reaches: 0 up to `servers`. */
  server: number
}

/** What came back, in the few words that any stack can be measured by. */
export interface Answer {
  /** HTTP status; 0 where no answer came. */
  status: number
  /** What the answer sets; null takes a cookie away. */
  set: Readonly<Record<string, string | null>>
  /** Seconds until the access token expires; null where the answer does not say. */
  expiresIn: number | null
  /** The number of the refresh that made these tokens, where the stack counts them. */
  generation: number | null
  /** The session is over for good, as the stack's own documents tell a client to read this answer. */
  ended: boolean
}

/** What can befall the servers, and the engine that they keep sessions in. */
export type Happening =
  /** The process is killed, after so many more operations on the store: perhaps in the middle of a request. */
  | { what: 'server dies'; server: number; after: number }
  | { what: 'server starts'; server: number }
  | { what: 'engine goes away' }
  | { what: 'engine comes back' }
  /** From here on a replica, or a backup, misses what follows: rotations, but neither a sign-in nor an end. */
  | { what: 'replica stalls' }
  /** The replica takes over. */
  | { what: 'replica takes over' }

/** A sign-in stack in the storm: five functions over HTTP, and four facts from its documents. */
export interface Stack {
  name: string
  /** Which of the cookies a refresh presents. */
  refreshCookie: string
  /** Seconds that an access token lives, and that a replaced refresh token is forgiven. */
  accessLifetime: number
  grace: number
  /** How many servers answer. */
  servers: number
  signIn(identity: string, server: number): Promise<Answer>
  /** Opens a route behind the guard. */
  use(asking: Asking): Promise<Answer>
  /** `attempts` is the header that our client sends; a stack that does not know it passes it by. */
  refresh(asking: Asking, attempts: string | null): Promise<Answer>
  signOut(asking: Asking): Promise<Answer>
  /** False where this cannot befall the stack. */
  happen(happening: Happening): Promise<boolean>
}

/** Makes a stack whose clock is the storm's: milliseconds since 1970. */
export type MakeStack = (now: () => number) => Stack | Promise<Stack>

export const NO_ANSWER: Answer = {
  status: 0,
  set: {},
  expiresIn: null,
  generation: null,
  ended: false,
}

export const isGiven = ({ status, ended }: Answer): boolean =>
  status >= 200 && status < 300 && !ended
