import type { Exchange, Row, World } from './world.ts'

/**
 * From here on a token is only "too old"; the order of such generations still matters to the
 * client's record.
 */
const FAR = 3

type Namer<T> = (value: T) => string

/**
 * The name of a world: worlds with one name behave alike for ever. Generations are counted from the
 * row's, attempts are numbered as they appear, and what can never be compared with anything again
 * is left out. So the worlds are finitely many.
 */
export function canonicalKey(world: World): string {
  forget(world)
  const { row, previousRows, browser, exchanges, thief, crashes, losses } = world
  const { jar, disk, record } = browser
  const generation = generationNamer(world)
  const attempt = attemptNamer()
  let name = `${row.ended ? 'e' : ''}${crashes}${losses}${rowName(row, generation, attempt)}${generation(jar)}`
  for (const each of previousRows) name += `p${rowName(each, generation, attempt)}`
  for (const each of disk) name += `d${generation(each.generation)}${each.age}`
  if (record)
    name += `r${generation(record.generation)}${attempt(record.pending)}${attempt(record.previous)}`
  if (thief) {
    name += `t${generation(thief.copiedToken)}${generation(thief.newestToken)}${thief.leftBehind?.[0] ?? '-'}${thief.ownerUsedCopied}${thief.settledSinceCopy}${thief.copiedStillUsed ? 'c' : '-'}`
    for (const each of thief.copiedAttempts) name += attempt(each)
  }
  if (exchanges.length === 0) return name
  const shapes = exchanges.map((each) => ({ each, shape: shapeOf(each, generation) }))
  if (shapes.length > 1) shapes.sort((one, other) => (one.shape < other.shape ? -1 : 1))
  for (const { each, shape } of shapes)
    name += isAsking(each) ? `${shape}${attempt(each.attempt)}${attempt(each.previous)}` : shape
  return name
}

const rowName = (row: Row, generation: Namer<number>, attemptName: Namer<string | null>): string =>
  `${generation(row.generation)}${attemptName(row.attempt)}${row.used ? 'u' : '-'}${row.age}`

const isAsking = ({ stage }: Exchange): boolean =>
  stage === 'page' || stage === 'way' || stage === 'server'

/** An exchange without its attempts. Once it was answered only the answer counts. */
function shapeOf(exchange: Exchange, generation: Namer<number>): string {
  const { by, stage, orphaned, age, presented, recordedGeneration, plannedWrite, response } =
    exchange
  const shown = stage === 'browser' ? '' : `${age}${generation(presented)}`
  const told = stage === 'back' || stage === 'browser' ? generation(response) : ''
  const planned = plannedWrite
    ? `${plannedWrite.do[2]}${generation(plannedWrite.from)}${generation(plannedWrite.to)}${plannedWrite.age}`
    : ''
  return `${by === 'thief' ? 'T' : orphaned ? 'O' : 'X'}${stage[0]}${stage[1]}${shown}${generation(recordedGeneration)}${told}${planned}`
}

/** Drops the attempts that no row can hold any more. */
function forget({ row, previousRows, browser, exchanges, thief }: World): void {
  const { record } = browser
  const kept = (attempt: string): boolean =>
    attempt === row.attempt ||
    attempt === record?.pending ||
    previousRows.some((each) => each.attempt === attempt) ||
    exchanges.some((each) => each.attempt === attempt && isAsking(each)) ||
    (thief !== null && thief.copiedAttempts.includes(attempt))
  if (record && record.previous !== null && !kept(record.previous))
    browser.record = { ...record, previous: null }
  for (const each of exchanges)
    if (each.previous !== null && !kept(each.previous)) each.previous = null
  if (!thief) return
  const known = (attempt: string): boolean =>
    attempt === row.attempt ||
    attempt === browser.record?.pending ||
    attempt === browser.record?.previous ||
    exchanges.some((each) => each.attempt === attempt || each.previous === attempt)
  if (!thief.copiedAttempts.every(known)) thief.copiedAttempts = thief.copiedAttempts.filter(known)
}

/** One character for each generation, by how far it is from the row's. */
function generationNamer({ row, losses, browser, exchanges, thief }: World): Namer<number> {
  // A store that may still lose writes can go back so far again.
  const far = FAR * (1 + losses)
  const last = row.generation - far
  const farthest: number[] = []
  const note = (generation: number): void => {
    if (generation <= last && !farthest.includes(generation)) farthest.push(generation)
  }
  note(browser.jar)
  if (browser.record) note(browser.record.generation)
  for (const { generation } of browser.disk) note(generation)
  for (const { presented, recordedGeneration, response } of exchanges)
    [presented, recordedGeneration, response].forEach(note)
  if (thief) [thief.copiedToken, thief.newestToken].forEach(note)
  farthest.sort((one, other) => other - one)
  const letter = (behind: number): string => String.fromCharCode(77 + behind)
  return (generation) =>
    letter(generation > last ? row.generation - generation : far + farthest.indexOf(generation))
}

/** One character for each attempt, in the order in which they appear. */
function attemptNamer(): Namer<string | null> {
  const seen: string[] = []
  return (attempt) => {
    if (attempt === null) return '-'
    let index = seen.indexOf(attempt)
    if (index < 0) index = seen.push(attempt) - 1
    return String.fromCharCode(97 + index)
  }
}
