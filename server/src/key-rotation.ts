import type { ServerProcess } from './data/data.ts'
import { createSigningKey, type Keys } from './keys.ts'

/** A process that was not heard of for this many milliseconds no longer runs. */
const SILENT_AFTER = 2 * 60_000
/** Clocks differ by less than this many milliseconds. */
const CLOCK_SKEW = 60_000

export interface RotationFacts {
  /** The ids of the keys, in the order of the file. */
  keyIds: readonly string[]
  /** All processes of the last day. */
  processes: readonly ServerProcess[]
  /** Milliseconds since 1970. */
  now: number
  /** Milliseconds for which the slowest verifier caches the public keys. */
  cacheTime: number
  /** Milliseconds. */
  accessLifetime: number
}

export type RotationResult =
  | { ok: true; step: 'published' | 'signing' | 'retired'; keys: Keys }
  | { ok: false; message: string }

/**
 * Takes the next step of a rotation: publishes a new key; lets it sign, when every verifier has it;
 * retires the old one, when no token of it is valid any more. Refuses if it is too early.
 */
export function takeRotationStep(keys: Keys, facts: RotationFacts): RotationResult {
  const { rotation } = keys
  const { now } = facts
  if (rotation === undefined) {
    const published = { ...keys, keys: [...keys.keys, createSigningKey()] }
    return {
      ok: true,
      step: 'published',
      keys: { ...published, rotation: { step: 'published', at: now } },
    }
  }
  const refusal = refusalOf(rotation, facts)
  if (refusal !== null) return { ok: false, message: refusal }
  if (rotation.step === 'published') {
    const signing = { ...keys, keys: [keys.keys.at(-1)!, ...keys.keys.slice(0, -1)] }
    return {
      ok: true,
      step: 'signing',
      keys: { ...signing, rotation: { step: 'signing', at: now } },
    }
  }
  return { ok: true, step: 'retired', keys: { keys: keys.keys.slice(0, 1), secrets: keys.secrets } }
}

type Rotation = NonNullable<Keys['rotation']>

/** Returns why the next step would make somebody refuse a valid token, or null. */
function refusalOf(rotation: Rotation, facts: RotationFacts): string | null {
  const { processes, now } = facts
  const outdated = outdatedProcesses(rotation, facts)
  const running = outdated.filter((process) => isRunning(process, now))
  if (running.length > 0)
    return (
      `${running.length} of ${processes.filter((process) => isRunning(process, now)).length} ` +
      'processes have not been restarted since the last step. Restart every process of the server.'
    )
  const readyAt = readyTime(rotation, facts)
  return now < readyAt ? `it is too early. Run this again after ${toIso(readyAt)}.` : null
}

/**
 * The earliest time of the next step, in milliseconds since 1970: the last time at which a process
 * worked with the keys of before, plus the time for which others rely on what it did.
 */
export function readyTime(rotation: Rotation, facts: RotationFacts): number {
  const lastOutdated = outdatedProcesses(rotation, facts).map(({ seenAt }) => seenAt)
  const since = Math.max(rotation.at, ...lastOutdated)
  const reliance = rotation.step === 'published' ? facts.cacheTime : facts.accessLifetime
  return since + reliance + CLOCK_SKEW
}

/** The processes of the last day that do not work with the keys of the file. */
export function outdatedProcesses(
  { step }: Rotation,
  { keyIds, processes }: RotationFacts,
): ServerProcess[] {
  return processes.filter((process) =>
    step === 'published'
      ? !process.keyIds.includes(keyIds.at(-1)!)
      : process.keyIds[0] !== keyIds[0],
  )
}

/** Returns false if the process has stopped, or was not heard of lately. */
export const isRunning = ({ hasStopped, seenAt }: ServerProcess, now: number): boolean =>
  !hasStopped && now - seenAt < SILENT_AFTER

const toIso = (at: number): string => new Date(at).toISOString()
