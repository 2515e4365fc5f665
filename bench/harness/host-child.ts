/** The child process of `host`: starts the server of a module, and runs its commands. */
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

interface ServerModule {
  /** Returns the port. */
  start(): Promise<number>
  commands?: Record<string, () => unknown>
}

const { start, commands = {} } = (await import(
  pathToFileURL(resolve(process.argv[2]!)).href
)) as ServerModule

process.on('message', async (command: string) => {
  const { user } = process.cpuUsage()
  process.send!(command === 'cpu' ? user : await commands[command]!())
})
process.on('disconnect', () => process.exit())
process.send!(await start())
