import { expect, test } from 'vitest'
import { Theft } from '../src/theft.ts'

const [GRACE, LIFETIME] = [30_000, 300_000]

/** A theft right after the owner asked at 0, and a hand on its clock, which never stands. */
function theft() {
  let now = 0
  const its = new Theft('token', GRACE, 0, () => now)
  its.ownerIsGiven('owner 1')
  return {
    thiefIsGiven: (token: string, at: number) => (
      (now = at),
      its.asked++,
      its.thiefIsGiven(token, at)
    ),
    ownerIsGiven: (token: string, at: number) => (
      (now = at),
      its.ownerAsks(at),
      its.ownerIsGiven(token)
    ),
    thiefEnds: (at: number) => ((now = at), its.thiefEnds()),
    storeFell: () => its.storeFell(),
    verdict: () => its.verdict(LIFETIME),
  }
}

test('both go on outside the grace: missed, unless one is refused within the limit', () => {
  for (const [end, verdict] of [
    [350_000, 'found'],
    [360_001, 'missed'],
  ] as const) {
    const { thiefIsGiven, ownerIsGiven, thiefEnds, verdict: its } = theft()
    thiefIsGiven('thief 1', 60_000)
    ownerIsGiven('owner 2', 200_000)
    thiefEnds(end)
    expect(its()).toBe(verdict)
  }
})

test('who is given the token that the store has lost and the owner holds has gone no further than the owner', () => {
  for (const [token, verdict] of [
    ['owner 1', 'found'],
    ['thief 1', 'missed'],
  ] as const) {
    const { thiefIsGiven, ownerIsGiven, thiefEnds, storeFell, verdict: its } = theft()
    storeFell()
    thiefIsGiven(token, 60_000)
    ownerIsGiven('owner 2', 200_000)
    thiefEnds(400_000)
    expect(its()).toBe(verdict)
  }
})

test('the same without a loss is a stack that never finds the thief', () => {
  const { thiefIsGiven, ownerIsGiven, verdict } = theft()
  for (let at = 60_000; at <= 600_000; at += 60_000) {
    thiefIsGiven('owner 1', at)
    ownerIsGiven('owner 1', at + GRACE)
  }
  expect(verdict()).toBe('missed')
})
