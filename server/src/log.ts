import type { Config } from './cli/settings.ts'

export type Level = 'info' | 'warning' | 'error'

/** The fields of a line. Never a token, a header, a cookie, a body or a username that was typed. */
export type Facts = Readonly<Record<string, string | number | boolean | null | undefined>>

export interface Log {
  (level: Level, event: string, facts?: Facts): void
}

/**
 * Writes one JSON line per event: warnings and errors to `err`, the rest to `out` and only with
 * `LATCHKEY_LOG=requests`. JSON escapes control characters, so a value cannot forge a line.
 */
export function createLog(
  config: Pick<Config, 'log'>,
  now: () => number,
  out: (line: string) => void,
  err: (line: string) => void,
): Log {
  return (level, event, facts = {}) => {
    if (level === 'info' && config.log !== 'requests') return
    const time = new Date(now()).toISOString()
    const line = `${JSON.stringify({ time, level, event, ...facts })}\n`
    if (level === 'info') out(line)
    else err(line)
  }
}

/** Frames of a stack trace in the log. */
const MAX_FRAMES = 12

/** Returns an error as fields. Leaves out messages that may quote a request. */
export function errorFacts(error: unknown): Facts {
  if (!(error instanceof Error)) return { error: typeof error }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  const frames = error.stack
    ?.split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, MAX_FRAMES)
    .map((line) => line.trim())
    .join(' | ')
  // Messages of SQLite and of the operating system contain no data from a request.
  const isSafe = code !== undefined && (code === 'ERR_SQLITE_ERROR' || /^E[A-Z]+$/.test(code))
  return { error: error.name, code, ...(isSafe && { message: error.message }), at: frames }
}
