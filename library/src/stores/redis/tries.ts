import type { TakenTry, TryRule } from '../../core/tries.ts'
import type { Commands } from './commands.ts'

export async function takeTry(
  commands: Commands,
  key: string,
  { free, firstDelay, maxDelay, limit, forgetAfter }: TryRule,
  now: number,
): Promise<TakenTry> {
  const values = [now, free, firstDelay, maxDelay, limit, forgetAfter].map(String)
  const reply = await commands.runScript('takeTry', commands.triesKey(key), ...values)
  const [taken, tries, blockedUntil, knownUntil] = (reply as unknown[]).map(Number)
  return {
    taken: taken === 1,
    tries: tries!,
    blockedUntil: blockedUntil!,
    knownUntil: knownUntil!,
  }
}

export async function giveBackTries(
  commands: Commands,
  key: string,
  count: number,
  blockedUntil: number,
): Promise<void> {
  await commands.runScript('giveBackTries', commands.triesKey(key), `${count}`, `${blockedUntil}`)
}

export async function clearTries(
  commands: Commands,
  key: string,
  knownUntil: number,
  now: number,
): Promise<void> {
  const lifetime = `${Math.max(1, Math.ceil(knownUntil - now))}`
  if (knownUntil > 0)
    await commands.runScript('markKnown', commands.triesKey(key), `${knownUntil}`, lifetime)
  else await commands.run('DEL', commands.triesKey(key))
}
