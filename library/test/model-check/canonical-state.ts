import type { Exchange, Row, World } from './world.ts'

/**
 * So many generations behind the row, a token is simply too old. Only the order of such generations
 * still matters, to the client's record.
 */
const FAR_BEHIND = 3

type Namer<T> = (value: T) => string

/**
 * A key for a world, so that worlds with the same key behave the same from then on. Generations are
 * relative to the row's, attempts are numbered in the order of their appearance, and whatever can
 * no longer influence anything is left out. This makes the number of keys finite.
 */
export function canonicalKey(world: World): string {
  dropDeadAttempts(world)
  const { row, previousRows, browser, exchanges, thief, crashes, losses } = world
  const { jar, disk, record } = browser
  const generation = generationNamer(world)
  const attempt = attemptNamer()
  let key = `${row.ended ? 'e' : ''}${crashes}${losses}`
  key += `${rowKey(row, generation, attempt)}${generation(jar)}`
  for (const previousRow of previousRows) key += `p${rowKey(previousRow, generation, attempt)}`
  for (const saved of disk) key += `d${generation(saved.generation)}${saved.age}`
  if (record)
    key += `r${generation(record.generation)}${attempt(record.pending)}${attempt(record.previous)}`
  if (thief) {
    key += `t${generation(thief.copiedToken)}${generation(thief.newestToken)}`
    key += `${thief.leftBehind?.[0] ?? '-'}${thief.ownerUsedCopied}${thief.settledSinceCopy}`
    key += thief.copiedStillUsed ? 'c' : '-'
    for (const copied of thief.copiedAttempts) key += attempt(copied)
  }
  if (exchanges.length === 0) return key
  const shapes = exchanges.map((exchange) => ({
    exchange,
    shape: exchangeKey(exchange, generation),
  }))
  if (shapes.length > 1) shapes.sort((a, b) => (a.shape < b.shape ? -1 : 1))
  for (const { exchange, shape } of shapes)
    key += awaitsServer(exchange)
      ? `${shape}${attempt(exchange.attempt)}${attempt(exchange.previous)}`
      : shape
  return key
}

const rowKey = (row: Row, generation: Namer<number>, attempt: Namer<string | null>): string =>
  `${generation(row.generation)}${attempt(row.attempt)}${row.used ? 'u' : '-'}${row.age}`

const awaitsServer = ({ stage }: Exchange): boolean =>
  stage === 'page' || stage === 'way' || stage === 'server'

/** An exchange without its attempts. After the response was sent, only the response matters. */
function exchangeKey(exchange: Exchange, generation: Namer<number>): string {
  const { by, kind, stage, orphaned, age, presented, recordedGeneration, plannedWrite, response } =
    exchange
  const request = stage === 'browser' ? '' : `${age}${generation(presented)}`
  const result = stage === 'back' || stage === 'browser' ? generation(response) : ''
  const sender = `${by === 'thief' ? 'T' : orphaned ? 'O' : 'X'}${kind[0]}`
  const key = `${sender}${stage[0]}${stage[1]}${request}${generation(recordedGeneration)}${result}`
  if (plannedWrite === null) return key
  const { do: what, from, to, age: writeAge, recovered } = plannedWrite
  const write = recovered ? 'R' : what[1]
  return `${key}${write}${generation(from)}${generation(to)}${writeAge}`
}

/** Removes the attempts that no row can have any more. Changes the world. */
function dropDeadAttempts({ row, previousRows, browser, exchanges, thief }: World): void {
  const { record } = browser
  const mayBeInRow = (attempt: string): boolean =>
    attempt === row.attempt ||
    attempt === record?.pending ||
    previousRows.some((previousRow) => previousRow.attempt === attempt) ||
    exchanges.some((exchange) => exchange.attempt === attempt && awaitsServer(exchange)) ||
    (thief !== null && thief.copiedAttempts.includes(attempt))
  if (record && record.previous !== null && !mayBeInRow(record.previous))
    browser.record = { ...record, previous: null }
  for (const exchange of exchanges)
    if (exchange.previous !== null && !mayBeInRow(exchange.previous)) exchange.previous = null
  if (!thief) return
  const isComparable = (attempt: string): boolean =>
    attempt === row.attempt ||
    attempt === browser.record?.pending ||
    attempt === browser.record?.previous ||
    exchanges.some((exchange) => exchange.attempt === attempt || exchange.previous === attempt)
  if (!thief.copiedAttempts.every(isComparable))
    thief.copiedAttempts = thief.copiedAttempts.filter(isComparable)
}

/** Names generations by one character: their distance from the row's. */
function generationNamer({ row, losses, browser, exchanges, thief }: World): Namer<number> {
  // A store that may still lose writes can fall back this far again.
  const far = FAR_BEHIND * (1 + losses)
  const last = row.generation - far
  const farBehind: number[] = []
  const collect = (generation: number): void => {
    if (generation <= last && !farBehind.includes(generation)) farBehind.push(generation)
  }
  collect(browser.jar)
  if (browser.record) collect(browser.record.generation)
  for (const { generation } of browser.disk) collect(generation)
  for (const { presented, recordedGeneration, response } of exchanges)
    [presented, recordedGeneration, response].forEach(collect)
  if (thief) [thief.copiedToken, thief.newestToken].forEach(collect)
  farBehind.sort((a, b) => b - a)
  const letter = (behind: number): string => String.fromCharCode(77 + behind)
  return (generation) =>
    letter(generation > last ? row.generation - generation : far + farBehind.indexOf(generation))
}

/** Names attempts by one character, in the order of their appearance. */
function attemptNamer(): Namer<string | null> {
  const seen: string[] = []
  return (attempt) => {
    if (attempt === null) return '-'
    let index = seen.indexOf(attempt)
    if (index < 0) index = seen.push(attempt) - 1
    return String.fromCharCode(97 + index)
  }
}
