import type { TakenTry, TryRule } from '../../core/tries.ts'
import type { Queries } from './query-batches.ts'

export async function takeTry(
  queries: Queries,
  key: string,
  rule: TryRule,
  now: number,
): Promise<TakenTry> {
  const { free, firstDelay, maxDelay, limit, forgetAfter } = rule
  for (;;) {
    const values = [key, now, free, firstDelay, maxDelay, limit, forgetAfter]
    const [counted] = await queries.run('takeTry', ...values)
    if (counted !== undefined) return toTakenTry(true, counted)
    const [blocked] = await queries.run('readTries', key)
    // Null only if the counter was deleted in between: then the try can be taken.
    if (blocked !== undefined) return toTakenTry(false, blocked)
  }
}

function toTakenTry(taken: boolean, row: unknown[]): TakenTry {
  const [tries, blockedUntil, knownUntil] = row.map(Number) as [number, number, number]
  return { taken, tries, blockedUntil, knownUntil }
}

export async function giveBackTries(
  queries: Queries,
  key: string,
  count: number,
  blockedUntil: number,
): Promise<void> {
  await queries.run('giveBackTries', key, count, blockedUntil)
}

export async function clearTries(queries: Queries, key: string, knownUntil: number): Promise<void> {
  if (knownUntil > 0) await queries.run('markKnown', key, knownUntil)
  else await queries.run('clearTries', key)
}
