import { expect, test } from 'vitest'
import { readTicket } from '../../src/http/routes/ticket.ts'

test.each([
  ['/live?ticket=abc-_', 'abc-_'],
  ['/live?room=7&ticket=abc', 'abc'],
  ['wss://host.example/live?ticket=abc', 'abc'],
  ['/live?ticket=abc&ticket=def', null],
  ['/live?TICKET=abc', null],
  ['/live?ticket=', ''],
  ['/live', null],
  ['', null],
  [undefined, null],
])('readTicket(%j) returns %j', (url, ticket) => {
  expect(readTicket(url)).toBe(ticket)
})
