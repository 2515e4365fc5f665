import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface RunningServer {
  fetch(path: string, init: RequestInit): Promise<Response>
  stop(): Promise<void>
}

/** Serves an app on a free port of this machine. */
export async function listen(app: RequestListener): Promise<RunningServer> {
  const server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    fetch: (path, init) => fetch(origin + path, init),
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
