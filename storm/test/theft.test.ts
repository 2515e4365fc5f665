import { expect, test } from 'vitest'
import { Theft } from '../src/theft.ts'

const [GRACE, LIFETIME] = [30_000, 300_000]

/** A theft just after a refresh of the owner at 0. Its clock is the time of the last event. */
function startTheft() {
  let now = 0
  const theft = new Theft('token', GRACE, 0, () => now)
  theft.ownerGotTokens('owner 1')
  return {
    thiefGotTokens(token: string, at: number) {
      now = at
      theft.requests++
      theft.thiefGotTokens(token, at)
    },
    ownerGotTokens(token: string, at: number) {
      now = at
      theft.ownerRequested(at)
      theft.ownerGotTokens(token)
    },
    thiefWasRefused(at: number) {
      now = at
      theft.thiefWasRefused()
    },
    databaseLostWrites: () => theft.databaseLostWrites(),
    verdict: () => theft.verdict(LIFETIME),
  }
}

test('both continue outside the grace: missed, unless one is refused within the limit', () => {
  for (const [refusedAt, verdict] of [
    [350_000, 'found'],
    [360_001, 'missed'],
  ] as const) {
    const theft = startTheft()
    theft.thiefGotTokens('thief 1', 60_000)
    theft.ownerGotTokens('owner 2', 200_000)
    theft.thiefWasRefused(refusedAt)
    expect(theft.verdict()).toBe(verdict)
  }
})

test('lost writes: a thief who gets the token of the owner does not start the delay', () => {
  for (const [token, verdict] of [
    ['owner 1', 'found'],
    ['thief 1', 'missed'],
  ] as const) {
    const theft = startTheft()
    theft.databaseLostWrites()
    theft.thiefGotTokens(token, 60_000)
    theft.ownerGotTokens('owner 2', 200_000)
    theft.thiefWasRefused(400_000)
    expect(theft.verdict()).toBe(verdict)
  }
})

test('no lost writes: a thief who always gets the token of the owner is missed', () => {
  const theft = startTheft()
  for (let at = 60_000; at <= 600_000; at += 60_000) {
    theft.thiefGotTokens('owner 1', at)
    theft.ownerGotTokens('owner 1', at + GRACE)
  }
  expect(theft.verdict()).toBe('missed')
})
