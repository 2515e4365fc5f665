import { parseArgs } from 'node:util'
import { STORM_DEFAULTS, type StormOptions } from 'latchkey-storm'
import { STORE_LAUNCHERS } from './launch-stores.ts'

export interface Command {
  stores: string[]
  servers: number
  options: Partial<StormOptions>
}

const DESCRIPTIONS: Record<keyof StormOptions, string> = {
  seed: 'seed of the random numbers',
  refreshes: 'refreshes by owners until the storm ends',
  browsers: 'browsers; 0 for a hundredth of the refreshes',
  tabs: 'most tabs of one browser',
  requestInterval: 'mean seconds between two requests of a tab',
  lostRequests: 'probability that a request is lost',
  lostResponses: 'probability that a response is lost',
  duplicates: 'probability that a request is sent twice',
  slow: 'probability of a delay of up to 4.5 seconds',
  crashes: 'per renewal: the browser crashes',
  sleeps: 'per renewal: the computer sleeps',
  closes: 'per renewal: a tab is closed and another opened',
  signOuts: 'per renewal: the user signs out',
  clockJumps: 'per renewal: the wall clock is set to another time',
  thefts: 'per renewal: a thief copies the refresh token',
  profileThefts: 'fraction of thieves who copy the whole profile',
  shadowThieves: 'fraction of thieves who stay within the grace',
  attempts: 'whether the client sends attempts',
  locks: 'fraction of browsers with Web Locks',
  serverCrashes: 'mean seconds between crashes of a server; 0 for none',
  outages: 'mean seconds between database outages; 0 for none',
  failovers: 'fraction of outages that end with a failover',
  tick: 'milliseconds of a step of virtual time',
  pace: 'real time with real processes, sped up by this factor',
}

const STORES = Object.keys(STORE_LAUNCHERS)
const NAMES = Object.keys(DESCRIPTIONS) as Array<keyof StormOptions>

const line = (option: string, description: string): string =>
  `  ${`--${option}`.padEnd(32)} ${description}`

const optionLines = NAMES.map((name) =>
  line(`${name} ${String(STORM_DEFAULTS[name])}`, DESCRIPTIONS[name]),
)

export const HELP = `Runs the storm on Latchkey and prints the score.
Exits with 1 if the score contains a violation.

  npm run storm -- --store redis --seed 7 --refreshes 100000
  npm run storm -- --pace 10 --refreshes 500

Options, with their defaults:

${line('store', `${STORES.join(', ')}, or several separated by commas; default: all`)}
${line('servers 3', 'number of servers')}
${optionLines.join('\n')}
${line('help', 'prints this text')}
`

/** Reads the command line. Prints the help and exits for `--help`; throws for an unknown option. */
export function readCommand(): Command {
  const text = { type: 'string' } as const
  const known = Object.fromEntries([...NAMES, 'store', 'servers'].map((name) => [name, text]))
  const { values } = parseArgs({ options: { ...known, help: { type: 'boolean' } } })
  if (values.help) {
    console.log(HELP)
    process.exit(0)
  }
  const { store, servers = '3', ...rest } = values as Record<string, string>
  const options = Object.entries(rest).map(([name, value]) => [name, parseValue(value)])
  return {
    stores: store === undefined ? STORES : store.split(',').map(checkStore),
    servers: Number(servers),
    options: Object.fromEntries(options),
  }
}

function parseValue(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true'
  return text === 'null' ? null : Number(text)
}

function checkStore(store: string): string {
  if (!Object.hasOwn(STORE_LAUNCHERS, store)) {
    console.error(`storm: unknown store "${store}"; the stores are ${STORES.join(', ')}`)
    process.exit(2)
  }
  return store
}
