import { refuse, type Refusal } from './errors.ts'
import type { CallbackFailure, Callbacks, TokenParts } from './options/callbacks.ts'
import type { Awaitable } from './store.ts'

/** What the application said of a token: its user, or why it is refused. */
export type CallbackResult = { ok: true; user: unknown } | Refusal

/** What callbacks need of the settings. */
export interface CallbackDeps {
  callbacks: Callbacks
  now: () => number
  onEvent: (event: CallbackFailure) => void
}

interface Question {
  name: keyof Callbacks
  ask: (token: TokenParts) => unknown
  /** The refusal that an answer means. Throws for an answer that means nothing. */
  judge: (answer: unknown) => Refusal | null
}

const ACCEPTED: CallbackResult = Object.freeze({ ok: true, user: undefined })

/**
 * The questions to the application about a good token: is it revoked, may it enter, whose is it. Null where there is nothing to ask.
 * Only `false`, and then only `true`, lets a token pass; whatever throws refuses it with `temporarily_unavailable`.
 */
export function createCallbackChecks(
  settings: CallbackDeps,
): ((token: TokenParts, skipRevocationCheck: boolean) => Awaitable<CallbackResult>) | null {
  const { isRevoked, verifyClaims, lookupUser } = settings.callbacks
  const questions: Question[] = []
  if (verifyClaims)
    questions.push({
      name: 'verifyClaims',
      ask: verifyClaims,
      judge: (answer) => (answer === true ? null : refuse('claims_refused')),
    })
  if (lookupUser)
    questions.push({
      name: 'lookupUser',
      ask: lookupUser,
      judge: (user) => (user === null || user === undefined ? refuse('user_unknown') : null),
    })
  const all: Question[] = isRevoked
    ? [{ name: 'isRevoked', ask: isRevoked, judge: judgeRevoked }, ...questions]
    : questions
  return all.length === 0
    ? null
    : (token, skipRevocationCheck) =>
        askFrom(settings, skipRevocationCheck ? questions : all, 0, token)
}

/** A callback that forgot to answer has not said that the token is good. */
function judgeRevoked(answer: unknown): Refusal | null {
  if (answer === false) return null
  if (!answer) throw new TypeError('isRevoked must answer true or false')
  return refuse('token_revoked')
}

function askFrom(
  settings: CallbackDeps,
  questions: readonly Question[],
  at: number,
  token: TokenParts,
): Awaitable<CallbackResult> {
  const question = questions[at]
  if (question === undefined) return ACCEPTED
  const conclude = (answer: unknown): Awaitable<CallbackResult> => {
    const refusal = question.judge(answer)
    if (refusal !== null) return refusal
    return question.name === 'lookupUser'
      ? { ok: true, user: answer }
      : askFrom(settings, questions, at + 1, token)
  }
  return runCallback(settings, question.name, () => {
    const answer = question.ask(token)
    return isThenable(answer) ? Promise.resolve(answer).then(conclude) : conclude(answer)
  })
}

/** Runs what calls the application; where it throws, tells the event and answers `temporarily_unavailable`. */
export function runCallback<T>(
  settings: CallbackDeps,
  name: string,
  call: () => Awaitable<T>,
): Awaitable<T | Refusal> {
  const failed = (cause: unknown): Refusal => {
    settings.onEvent({ type: 'callback-failed', name, at: settings.now(), cause })
    return refuse('temporarily_unavailable')
  }
  try {
    const outcome = call()
    return outcome instanceof Promise ? outcome.catch(failed) : outcome
  } catch (cause) {
    return failed(cause)
  }
}

/** A promise of any maker: a query of a database is one before it is sent. */
export function isThenable(value: unknown): value is Promise<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'then' in value &&
    typeof value.then === 'function'
  )
}
