import { statfsSync } from 'node:fs'
import { checkAddress } from '../doctor/check-address.ts'
import { checkInside } from '../doctor/check-inside.ts'
import { checkOrigin } from '../doctor/check-origin.ts'
import { checkProxy } from '../doctor/check-proxy.ts'
import type { Finding } from '../doctor/finding.ts'
import { probeOf } from '../doctor/probe.ts'
import { needsDataFolder } from '../keys.ts'
import { fail, succeed, type AdminContext, type Command, type CommandResult } from './command.ts'
import { isLoopback } from './setting-kinds.ts'

/** Looks for mistakes in an installation that runs. */
export const doctorCommand: Command = {
  usage: '',
  help:
    'Looks at the running server, from outside at its public origin and from inside, and says ' +
    'what is wrong and how to fix it. Run it with the settings of the server.',
  needsName: false,
  options: [],
  run: examine,
}

async function examine(context: AdminContext): Promise<CommandResult> {
  const findings = [...(await findInside(context)), ...(await findOutside(context))]
  if (findings.length === 0) return succeed('No problem was found.')
  const list = findings.map(({ problem, fix }) => `- ${problem}\n  ${fix}`)
  return fail(`${findings.length} found:\n${list.join('\n')}`)
}

async function findInside(context: AdminContext): Promise<Finding[]> {
  const { auth, processes, config, keys, findDamage } = context
  return checkInside({
    config,
    keys,
    keyIds: auth.jwks().keys.map(({ kid }) => kid),
    processes: await processes.list(),
    now: Date.now(),
    cacheTime: 0,
    accessLifetime: config.accessLifetime * 1000,
    freeSpace: needsDataFolder(config) ? freeSpaceOf(config.data) : null,
    damage: findDamage(),
  })
}

function freeSpaceOf(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}

/** Compares what arrives at the public origin to what the process on this machine answers. */
async function findOutside({ auth, audit, config, origin }: AdminContext): Promise<Finding[]> {
  const outside = probeOf(origin)
  const keyIds = auth.jwks().keys.map(({ kid }) => kid)
  const { findings, canGoOn } = await checkOrigin(outside, { origin, keyIds, now: Date.now() })
  if (!canGoOn) return findings
  const { hostname, host } = new URL(origin)
  const isLocal = isLoopback(hostname)
  const direct = probeOf(`http://${addressOf(config.host)}:${config.port}`, host)
  return [
    ...findings,
    ...(await checkProxy(direct, outside)),
    ...(await checkAddress(outside, { audit, origin, isLocal, trustProxy: config.trustProxy })),
  ]
}

/** The address at which a server that listens on `host` is reached from this machine. */
function addressOf(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}
