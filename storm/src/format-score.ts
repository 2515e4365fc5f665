import type { Score, TheftScore } from './score.ts'

const count = (value: number): string => Math.round(value).toLocaleString('en')
const decimal = (value: number): string => value.toFixed(2)

/** A score as lines of text. */
export function formatScore(score: Score): string {
  const rows = rowsOf(score)
  const width = Math.max(...rows.map(([label]) => label.length))
  return [
    `${score.stack}, seed ${score.seed}, ${score.seconds.toFixed(1)} s`,
    ...rows.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`),
    ...score.examples.map((example) => `  ! ${example}`),
  ].join('\n')
}

function rowsOf(score: Score): Array<[label: string, value: string]> {
  const { thefts, faults } = score
  const perExpiry = score.refreshes / Math.max(1, score.expiries)
  return [
    [
      'refreshes',
      `${count(score.refreshes)}, in ${count(score.signIns)} sign-ins ` +
        `and ${score.days.toFixed(1)} days`,
    ],
    ['honest sign-outs', count(score.honestSignOuts)],
    ['forks', count(score.forks)],
    ['token thefts', formatThefts(thefts.token)],
    ['profile thefts', formatThefts(thefts.profile)],
    ['refreshes per expiry', decimal(perExpiry)],
    [
      'rotations, repeats, recoveries',
      [score.rotations, score.repeats, score.recoveries].map(count).join(', '),
    ],
    ['temporary failures', count(score.retries)],
    ['wrong 401s', `${count(score.wrong401s)} in ${count(score.uses)} requests`],
    [
      'after a sign-out',
      `${count(score.refreshedAfterSignOut)} refreshes; access tokens for up to ` +
        `${score.usedAfterSignOut.toFixed(1)} s (${count(score.signOuts)} sign-outs)`,
    ],
    [
      'browser faults',
      `${count(faults.browserCrashes)} crashes, ${count(faults.sleeps)} sleeps, ` +
        `${count(faults.clockJumps)} clock changes`,
    ],
    [
      'network faults',
      `${count(faults.lostResponses)} lost responses, ` +
        `${count(faults.duplicates)} duplicate requests`,
    ],
    [
      'server faults',
      `${count(faults.serverCrashes)} crashes, ${count(faults.outages)} database outages, ` +
        `${count(faults.failovers)} failovers with lost writes`,
    ],
  ]
}

function formatThefts(thefts: TheftScore): string {
  const delays =
    thefts.found > 0
      ? `, after ${decimal(thefts.medianDelay)} lifetimes (median), ` +
        `${decimal(thefts.longestDelay)} (longest)`
      : ''
  return (
    `${count(thefts.judged)}: ${count(thefts.found)} found${delays}; ` +
    `${count(thefts.missed)} missed; not counted: ${count(thefts.withinGrace)} within the grace ` +
    `(${count(thefts.graceResponses)} such responses in all), ${count(thefts.abandoned)} abandoned`
  )
}
