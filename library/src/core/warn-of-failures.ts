import type { AuthEvent } from './events.ts'
import { isSetupError } from './setup-error.ts'

/** Kinds of failures that one auth object warns of at most. */
const MAX_WARNINGS = 20

/**
 * Makes the listener for an application without `onEvent`: the first failure of each kind becomes a
 * warning of the process.
 */
export function warnOfFailures(): (event: AuthEvent) => void {
  const warned = new Set<string>()
  return (event) => {
    const warning = describe(event)
    if (warning === null || warned.has(warning.kind) || warned.size >= MAX_WARNINGS) return
    warned.add(warning.kind)
    process.emitWarning(
      `${warning.message}\nFurther failures of this kind are not printed: set the option "onEvent".`,
      'LatchkeyWarning',
    )
  }
}

function describe(event: AuthEvent): { kind: string; message: string } | null {
  if (event.type === 'callback-failed')
    return {
      kind: `${event.type} ${event.name}`,
      message: `"${event.name}" failed: ${describeCause(event.cause)}`,
    }
  if (event.type === 'keys-failed')
    return {
      kind: `${event.type} ${event.issuer}`,
      message: `the keys of ${event.issuer} could not be fetched: ${describeCause(event.cause)}`,
    }
  if (event.type !== 'store-failed') return null
  const { cause } = event
  const hint = isSetupError(cause)
    ? ''
    : '. Requests that need the store get 503 until it answers. ' +
      'Is its database running, and is the address right?'
  return {
    kind: `${event.type} ${codeOf(cause)}`,
    message: `the store failed: ${describeCause(cause)}${hint}`,
  }
}

/** What was thrown, in words. A failed connection is several errors if the host has several addresses. */
export function describeCause(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  const errors = cause instanceof AggregateError ? (cause.errors as unknown[]) : []
  const text = cause.message || errors.map(describeCause).join(', ')
  return cause.name === 'Error' ? text : `${cause.name}: ${text}`
}

const codeOf = (cause: unknown): string => {
  const { code, name } = Object(cause) as { code?: unknown; name?: unknown }
  return String(code ?? name)
}
