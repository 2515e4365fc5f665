import type { Readable } from 'node:stream'

/**
 * Reads a stream to its end, and puts everything back, so that the next reader finds it as it was.
 * Resolves to null if there are more than `limit` bytes; then no more than that is read. Rejects if
 * the stream fails.
 */
export function peek(stream: Readable, limit: number): Promise<Buffer | null> {
  return new Promise((resolve, reject) => {
    if (stream.destroyed) return reject(new Error('the body is incomplete'))
    const chunks: Buffer[] = []
    let length = 0
    const readAvailable = (): void => {
      for (let chunk = read(stream); chunk !== null; chunk = read(stream)) {
        chunks.push(chunk)
        length += chunk.length
        if (length > limit) return putBack(null)
      }
      // In the same turn: after the event `end` nothing can be put back.
      if (hasEnded(stream)) putBack(Buffer.concat(chunks))
    }
    const putBack = (result: Buffer | null): void => {
      stopListening()
      for (const chunk of chunks.toReversed()) stream.unshift(chunk)
      // By then the stream has noticed that nobody listens any more.
      process.nextTick(resolve, result)
    }
    const end = (): void => {
      stopListening()
      resolve(Buffer.concat(chunks))
    }
    const fail = (): void => {
      stopListening()
      reject(new Error('the body is incomplete'))
    }
    const listeners = { readable: readAvailable, end, error: fail, close: fail }
    const stopListening = (): void => {
      for (const [event, listener] of Object.entries(listeners)) stream.off(event, listener)
    }
    for (const [event, listener] of Object.entries(listeners)) stream.on(event, listener)
    // An event of what has arrived before may be over.
    readAvailable()
  })
}

function read(stream: Readable): Buffer | null {
  const chunk = stream.read() as Buffer | string | null
  return typeof chunk === 'string' ? Buffer.from(chunk, stream.readableEncoding!) : chunk
}

/** Whether all data has arrived. The public `readableEnded` is true only after the event `end`. */
const hasEnded = (stream: Readable): boolean =>
  // oxlint-disable-next-line eslint/no-underscore-dangle -- Node has no other way to tell
  (stream as Readable & { _readableState: { ended: boolean } })._readableState.ended
