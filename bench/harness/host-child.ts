/** The child of `host`: starts the server of a module, and reports its CPU time. */
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

interface Served {
  start(): Promise<number>
  asked?: Record<string, () => unknown>
}

const { start, asked = {} } = (await import(
  pathToFileURL(resolve(process.argv[2]!)).href
)) as Served

process.on('message', async (what: string) => {
  const { user } = process.cpuUsage()
  process.send!(what === 'cpu' ? user : await asked[what]!())
})
process.on('disconnect', () => process.exit())
process.send!(await start())
