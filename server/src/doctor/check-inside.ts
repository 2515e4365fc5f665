import { isRunning, outdatedProcesses, type RotationFacts } from '../key-rotation.ts'
import type { Keys } from '../key-file.ts'
import type { Config } from '../cli/settings.ts'
import type { Finding } from './finding.ts'

export interface InsideFacts extends RotationFacts {
  config: Config
  keys: Keys
  /** Bytes that are free in the data folder, or null if it is not used. */
  freeSpace: number | null
  /** What SQLite finds wrong with the database, or null. */
  damage: string | null
}

const GIBIBYTE = 1024 ** 3
const DAY = 24 * 60 * 60 * 1000
/** Characters of a password that is the only factor (NIST SP 800-63B-4, section 3.1.1.2). */
const SINGLE_FACTOR_MIN = 15

type Check = (facts: InsideFacts) => Finding | false

/** What is read from the settings, the disk and the database. */
const CHECKS: readonly Check[] = [
  ({ damage }) =>
    damage !== null && {
      problem: `The database is damaged: ${damage}.`,
      fix: 'Stop the server and restore a backup. Check the disk.',
    },
  ({ freeSpace, config }) =>
    freeSpace !== null &&
    freeSpace < GIBIBYTE && {
      problem: `The disk of ${config.data} has less than 1 GiB left.`,
      fix: 'Make room: a server that cannot write refuses every sign-in and refresh.',
    },
  ({ processes, now }) =>
    !processes.some((process) => isRunning(process, now)) && {
      problem: 'No process of the server has used this database in the last two minutes.',
      fix: 'Start the server with these settings, or run this with those of the server.',
    },
  (facts) =>
    facts.keys.rotation !== undefined &&
    outdatedProcesses(facts.keys.rotation, facts).some((one) => isRunning(one, facts.now)) && {
      problem: 'A process has not been restarted since the last step of the key rotation.',
      fix: 'Restart every process. "latchkey keys" lists them.',
    },
  ({ keys: { rotation }, now }) =>
    rotation !== undefined &&
    now - rotation.at > 7 * DAY && {
      problem: 'A key rotation was begun more than a week ago and not completed.',
      fix: 'Go on with: latchkey keys rotate',
    },
  ({ processes, keyIds, now }) =>
    processes.some(
      (one) => isRunning(one, now) && !one.keyIds.some((id) => keyIds.includes(id)),
    ) && {
      problem: 'A process of the server has other signing keys than this installation.',
      fix: 'Give every process the same keys.json.',
    },
  ({ config }) =>
    config.dangerouslyAllowHttp && {
      problem: 'LATCHKEY_DANGEROUSLY_ALLOW_HTTP is set: passwords and tokens can be intercepted.',
      fix: 'Put a proxy with https in front, and set its origin as LATCHKEY_ORIGIN.',
    },
  ({ config }) =>
    config.dangerouslyNotDurable && {
      problem: 'LATCHKEY_DANGEROUSLY_NOT_DURABLE is set: ended sessions may come back to life.',
      fix: 'Make the database durable, and remove the setting.',
    },
  ({ config }) =>
    (config.dangerouslyReplaceKeys || config.dangerouslyMoveSessions) && {
      problem: 'A setting that is meant for one start is still set.',
      fix: 'Remove LATCHKEY_DANGEROUSLY_REPLACE_KEYS and LATCHKEY_DANGEROUSLY_MOVE_SESSIONS.',
    },
  ({ config }) =>
    config.passwordMin < SINGLE_FACTOR_MIN && {
      problem: 'Passwords may have fewer than 15 characters.',
      fix: 'Set LATCHKEY_PASSWORD_MIN to 15.',
    },
]

/** Checks the settings, the disk, the database, and the processes that use it. */
export const checkInside = (facts: InsideFacts): Finding[] =>
  CHECKS.map((check) => check(facts)).filter((finding) => finding !== false)
