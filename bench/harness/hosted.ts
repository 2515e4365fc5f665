import { fork, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { findProgram } from './machine.ts'

/** A server in its own process, on its own core if there are two. */
export interface Hosted {
  port: number
  /**
   * CPU microseconds of the server's process in user mode. Kernel time is left out: waking the
   * receiver of a response is charged to the sender, and costs more the longer the receiver slept.
   */
  cpu(): Promise<number>
  /** Runs a function of the module's `asked` in the server's process. */
  ask(what: string): Promise<unknown>
  close(): Promise<void>
}

const TASKSET = cpus().length > 1 ? findProgram('taskset') : null

/** The module's `start()` returns the port. */
export async function host(module: string, env: Record<string, string> = {}): Promise<Hosted> {
  pinToLastCore()
  const child = fork(join(import.meta.dirname, 'host-child.ts'), [module], {
    env: { ...process.env, NODE_ENV: 'production', ...env },
    execArgv: process.execArgv.filter((flag) => flag !== '--expose-gc'),
    ...(TASKSET && { execPath: TASKSET, execArgv: ['-c', '0', process.execPath] }),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const port = (await answerOf(child)) as number
  const ask = (what: string): Promise<unknown> => {
    child.send(what)
    return answerOf(child)
  }
  return {
    port,
    ask,
    cpu: async () => (await ask('cpu')) as number,
    async close() {
      const gone = once(child, 'exit')
      child.kill()
      await gone
    },
  }
}

async function answerOf(child: ChildProcess): Promise<unknown> {
  const gone = new AbortController()
  const death = once(child, 'exit', { signal: gone.signal }).then(() =>
    Promise.reject(new Error('the server process ended')),
  )
  try {
    const [message] = (await Promise.race([once(child, 'message'), death])) as unknown[]
    return message
  } finally {
    gone.abort()
    death.catch(() => {})
  }
}

/** The load generator must not run on the core of the server. */
export function pinToLastCore(triesLeft = 5): void {
  if (!TASKSET) return
  // It fails if a thread ends while the threads are counted.
  const { status } = spawnSync(
    TASKSET,
    ['-a', '-p', '-c', String(cpus().length - 1), String(process.pid)],
    { stdio: 'ignore' },
  )
  if (status === 0) return
  if (triesLeft === 0) throw new Error('taskset does not pin this process')
  pinToLastCore(triesLeft - 1)
}

/** Starts a program in another language, on the same core. */
export function spawnPinned(
  command: string,
  args: readonly string[],
  cores: string,
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): ChildProcess {
  const pinned = TASKSET
    ? { program: TASKSET, args: ['-c', cores, command, ...args] }
    : { program: command, args }
  return spawn(pinned.program, pinned.args, { ...options, stdio: ['ignore', 'ignore', 'inherit'] })
}
