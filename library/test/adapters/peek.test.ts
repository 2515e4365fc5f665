import { PassThrough, Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { peek } from '../../src/adapters/shared/peek.ts'

const textOf = async (stream: Readable): Promise<string> =>
  (await stream.toArray()).map(String).join('')

test('peek: a stream that arrives in pieces is read whole, and can be read again', async () => {
  const stream = new PassThrough()
  const peeked = peek(stream, 100)
  for (const piece of ['one ', 'two ', 'three']) {
    stream.write(piece)
    await turn()
  }
  stream.end()
  expect(String(await peeked)).toBe('one two three')
  expect(String(await peek(stream, 100)), 'a second time').toBe('one two three')
  expect(await textOf(stream)).toBe('one two three')
})

test('peek: the next reader may use events, a pipe or an iterator', async () => {
  for (const read of [
    (stream: Readable) =>
      new Promise<string>((resolve) => {
        let text = ''
        stream.on('data', (chunk) => (text += String(chunk))).on('end', () => resolve(text))
      }),
    (stream: Readable) => textOf(stream.pipe(new PassThrough())),
    textOf,
  ]) {
    const stream = Readable.from([Buffer.from('one '), Buffer.from('two')], { objectMode: false })
    await peek(stream, 100)
    expect(await read(stream)).toBe('one two')
  }
})

test('peek: over the limit it resolves to null, and everything can still be read', async () => {
  const stream = new PassThrough()
  stream.write('12345')
  const peeked = peek(stream, 8)
  await turn()
  stream.write('67890')
  expect(await peeked).toBeNull()
  stream.end('!')
  expect(await textOf(stream)).toBe('1234567890!')
})

test('peek: an empty stream, and one with an encoding', async () => {
  const empty = new PassThrough()
  empty.end()
  expect(String(await peek(empty, 8))).toBe('')
  const encoded = new PassThrough({ encoding: 'utf8' })
  encoded.end('größe')
  expect(String(await peek(encoded, 8))).toBe('größe')
  expect(await textOf(encoded)).toBe('größe')
})

test('peek: a stream that fails, now or before, rejects', async () => {
  const stream = new PassThrough()
  stream.write('half')
  const peeked = peek(stream, 8)
  stream.destroy()
  await expect(peeked).rejects.toThrow('the body is incomplete')
  await expect(peek(stream, 8)).rejects.toThrow('the body is incomplete')
})
