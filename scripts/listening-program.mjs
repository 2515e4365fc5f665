/** Starts a program that listens on a port, with a folder of its own that is removed at the end. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { connect } from 'node:net'
import { watch } from './postgres.mjs'

/**
 * Resolves, when the port accepts connections, to `stop`, which also removes the folder. Rejects
 * with what the program printed if it ends before.
 * @param {string} program
 * @param {string[]} args
 * @param {string} home
 * @param {number} port
 */
export async function startListening(program, args, home, port) {
  const env = { ...process.env, HOME: home, XDG_DATA_HOME: home, XDG_CONFIG_HOME: home }
  const child = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let printed = ''
  child.stderr.setEncoding('utf8').on('data', (text) => (printed += text))
  const unwatch = watch(child.pid, home)
  await accepts(port, child, () => `${program} ended before it was ready:\n${printed}`)
  return {
    async stop() {
      const ended = child.exitCode === null ? once(child, 'exit') : null
      child.kill('SIGKILL')
      await ended
      unwatch()
      rmSync(home, { recursive: true, force: true })
    },
  }
}

async function accepts(port, child, reason) {
  for (;;) {
    if (child.exitCode !== null) throw new Error(reason())
    const socket = connect(port, '127.0.0.1')
    const open = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (open) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
