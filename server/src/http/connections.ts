import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** Milliseconds after which a client that sends too slowly, or nothing more, is disconnected. */
export const TIMEOUTS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 2000,
}

/** Milliseconds in which a connection must send its first byte. Node itself has no such limit. */
const MAX_SILENCE = 5000

/** Files and outgoing connections that the server needs besides its clients. */
const RESERVED_FILES = 100
/** If the limit of the process is unknown. */
const DEFAULT_MAX_CONNECTIONS = 10_000

/** How many connections may be open: as many as the process may have files, but for the reserve. */
export function maxConnections(fileLimit = softFileLimit()): number {
  return Math.max(Math.floor(fileLimit / 2), fileLimit - RESERVED_FILES)
}

/**
 * Closes connections that stay silent, and, if there are too many connections, those that have been
 * silent for longest. So nobody keeps others out with connections that cost nothing.
 */
export function limitConnections(
  server: Server,
  { max, maxSilence = MAX_SILENCE }: { max: number; maxSilence?: number },
): void {
  const open = new Set<Socket>()
  server.on('connection', (socket) => {
    open.add(socket)
    const timer = setTimeout(() => {
      if (isSilent(socket)) socket.destroy()
    }, maxSilence).unref()
    socket.once('close', () => {
      clearTimeout(timer)
      open.delete(socket)
    })
    if (open.size > max) (oldestSilent(open) ?? socket).destroy()
  })
}

const isSilent = (socket: Socket): boolean => socket.bytesRead === 0

function oldestSilent(open: ReadonlySet<Socket>): Socket | undefined {
  // A set iterates in the order of insertion.
  for (const socket of open) if (isSilent(socket) && !socket.destroyed) return socket
  return undefined
}

/** Returns the soft limit of open files. */
function softFileLimit(): number {
  const { userLimits } = process.report.getReport() as {
    userLimits?: { open_files?: { soft?: number | string } }
  }
  const soft = Number(userLimits?.open_files?.soft)
  return Number.isSafeInteger(soft) ? soft : DEFAULT_MAX_CONNECTIONS
}
