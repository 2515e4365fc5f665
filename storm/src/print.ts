import type { Score, TheftScore } from './score.ts'

const whole = (count: number): string => Math.round(count).toLocaleString('en')
const share = (count: number): string => count.toFixed(2)

/** A score as lines of text. */
export function printScore(score: Score): string {
  const { happenings, thefts } = score
  const rows: Array<[name: string, value: string]> = [
    [
      'refreshes',
      `${whole(score.refreshes)}, in ${whole(score.signIns)} sign-ins and ${score.days.toFixed(1)} days`,
    ],
    ['honest sign-outs', whole(score.honestSignOuts)],
    ['forks', whole(score.forks)],
    ['thefts of a token', theft(thefts.token)],
    ['thefts of a profile', theft(thefts.profile)],
    ['refreshes for each expiry', share(score.refreshes / Math.max(1, score.expiries))],
    [
      'new tokens, repeats, heals',
      `${whole(score.rotations)}, ${whole(score.repeats)}, ${whole(score.heals)}`,
    ],
    ['told to come again', whole(score.retries)],
    ['wrong 401s', `${whole(score.wrong401s)} in ${whole(score.uses)} requests`],
    [
      'after a sign-out',
      `${whole(score.refreshedAfterSignOut)} refreshes; a request at the latest ${score.usedAfterSignOut.toFixed(1)} s after (${whole(score.signOuts)} sign-outs)`,
    ],
    [
      'of browsers',
      `${whole(happenings.browserCrashes)} crashes, ${whole(happenings.sleeps)} sleeps, ${whole(happenings.clockJumps)} clocks set`,
    ],
    [
      'of the network',
      `${whole(happenings.lostAnswers)} answers lost, ${whole(happenings.doubled)} requests sent twice`,
    ],
    [
      'of the servers',
      `${whole(happenings.serverCrashes)} killed, engine away ${whole(happenings.outages)} times, ${whole(happenings.falls)} times back without its last writes`,
    ],
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  const lines = rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)
  return [
    `${score.stack}, seed ${score.seed}, ${score.took.toFixed(1)} s`,
    ...lines,
    ...score.examples.map((example) => `  ! ${example}`),
  ].join('\n')
}

function theft({
  both,
  found,
  missed,
  insideGrace,
  graceAnswers,
  notBoth,
  longest,
  median,
}: TheftScore): string {
  const times =
    found > 0 ? `, after ${share(median)} lifetimes (median), ${share(longest)} (longest)` : ''
  return `${whole(both)}: ${whole(found)} found${times}; ${whole(missed)} missed; besides ${whole(insideGrace)} always inside the grace (${whole(graceAnswers)} answers there in all), ${whole(notBoth)} where one of the two stopped`
}
