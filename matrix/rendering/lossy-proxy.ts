import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import { close, listen } from '../../examples/testing.ts'

const loseNothing = (): boolean => false

/**
 * Stands between a browser and a server, as the internet does: the server has handled a request,
 * and its response does not arrive.
 */
export async function lossyProxy(target: string) {
  let isLost: (request: IncomingMessage) => boolean = loseNothing
  let lost = 0
  const forward = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const { method, url: path, headers: sent } = incoming
    const headers = { ...sent, 'x-forwarded-proto': 'http' }
    const forwarded = request(target, { method, path, headers }, (response) => {
      if (isLost(incoming)) {
        lost++
        response.resume().once('end', () => incoming.socket.destroy())
        return
      }
      outgoing.writeHead(response.statusCode!, response.headers)
      response.pipe(outgoing)
    })
    forwarded.once('error', () => incoming.socket.destroy())
    incoming.pipe(forwarded)
  }
  const server = createServer(forward)
  const origin = (await listen(server)).replace('127.0.0.1', 'localhost')
  return {
    origin,
    /** Loses the responses to what matches while `action` runs. Returns how many were lost. */
    async losing(matches: (request: IncomingMessage) => boolean, action: () => Promise<unknown>) {
      isLost = matches
      lost = 0
      await action()
      isLost = loseNothing
      return lost
    },
    stop: () => close(server),
  }
}
