import type { Config } from './cli/config.ts'

export type Level = 'info' | 'warning' | 'error'

/** What a line may hold. Never a token, a header, a cookie, a body, or a name that somebody typed. */
export type Facts = Readonly<Record<string, string | number | boolean | null | undefined>>

export interface Log {
  (level: Level, event: string, facts?: Facts): void
}

/**
 * Writes one line of JSON for each event: warnings and errors to the one stream always, the rest to the other where `requests` is set.
 * JSON writes control characters as escapes, so that no value can pass for another line.
 */
export function createLog(
  config: Pick<Config, 'log'>,
  now: () => number,
  out: (line: string) => void,
  err: (line: string) => void,
): Log {
  return (level, event, facts = {}) => {
    if (level === 'info' && config.log !== 'requests') return
    const line = `${JSON.stringify({ time: new Date(now()).toISOString(), level, event, ...facts })}\n`
    if (level === 'info') out(line)
    else err(line)
  }
}

const FRAMES = 12

/** An error as facts. Its message stays out unless it is the system's or SQLite's: others may quote what a request said. */
export function errorFacts(error: unknown): Facts {
  if (!(error instanceof Error)) return { error: typeof error }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  const frames = error.stack
    ?.split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, FRAMES)
    .map((line) => line.trim())
    .join(' | ')
  const quotable = code !== undefined && (code === 'ERR_SQLITE_ERROR' || /^E[A-Z]+$/.test(code))
  return { error: error.name, code, ...(quotable && { message: error.message }), at: frames }
}
