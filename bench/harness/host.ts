import { fork, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { findProgram } from './environment.ts'

/** A server in its own process, on its own core if there are two. */
export interface HostedServer {
  port: number
  /**
   * CPU microseconds of the server's process in user mode. Kernel time is left out: waking the
   * receiver of a response is charged to the sender, and costs more the longer the receiver slept.
   */
  cpu(): Promise<number>
  /** Runs one of the module's `commands` in the server's process, and returns its result. */
  run(command: string): Promise<unknown>
  close(): Promise<void>
}

const TASKSET = cpus().length > 1 ? findProgram('taskset') : null

/** Starts the server of a module that exports `start`, which returns the port. */
export async function host(
  module: string,
  env: Record<string, string> = {},
): Promise<HostedServer> {
  pinToLastCore()
  const child = fork(join(import.meta.dirname, 'host-child.ts'), [module], {
    env: { ...process.env, NODE_ENV: 'production', ...env },
    execArgv: process.execArgv.filter((flag) => flag !== '--expose-gc'),
    ...(TASKSET && { execPath: TASKSET, execArgv: ['-c', '0', process.execPath] }),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const port = (await nextMessage(child)) as number
  const run = (command: string): Promise<unknown> => {
    child.send(command)
    return nextMessage(child)
  }
  return {
    port,
    run,
    cpu: async () => (await run('cpu')) as number,
    async close() {
      const exited = once(child, 'exit')
      child.kill()
      await exited
    },
  }
}

async function nextMessage(child: ChildProcess): Promise<unknown> {
  const finished = new AbortController()
  const exited = once(child, 'exit', { signal: finished.signal }).then(() =>
    Promise.reject(new Error('the server process ended')),
  )
  try {
    const [message] = (await Promise.race([once(child, 'message'), exited])) as unknown[]
    return message
  } finally {
    finished.abort()
    exited.catch(() => {})
  }
}

/** Pins this process, the load generator, to a core that the server does not use. */
export function pinToLastCore(triesLeft = 5): void {
  if (!TASKSET) return
  // taskset fails if a thread ends while it lists the threads.
  const { status } = spawnSync(
    TASKSET,
    ['-a', '-p', '-c', String(cpus().length - 1), String(process.pid)],
    { stdio: 'ignore' },
  )
  if (status === 0) return
  if (triesLeft === 0) throw new Error('taskset could not pin this process')
  pinToLastCore(triesLeft - 1)
}

/** Starts a program in another language on these cores, such as `0,1`. */
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
