/** Milliseconds by which two clocks may differ: sessions of one machine count on the other's. */
const MAX_DIFFERENCE = 30_000

/**
 * Warns if the clock of this process and that of the engine (milliseconds since 1970) differ: then
 * those of the machines that share the store may differ as well.
 */
export function warnOfClock(engine: string, engineNow: number): void {
  const ahead = Date.now() - engineNow
  if (!Number.isFinite(ahead) || Math.abs(ahead) <= MAX_DIFFERENCE) return
  process.emitWarning(
    `the clock of this machine is ${Math.abs(Math.round(ahead / 1000))} s ` +
      `${ahead > 0 ? 'ahead of' : 'behind'} that of ${engine}: synchronize both, ` +
      'or tokens of one machine may be refused by another',
    'LatchkeyWarning',
  )
}
