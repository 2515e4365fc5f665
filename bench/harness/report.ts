import type { Measured, Spread } from './rounds.ts'

/** A limit for a figure. */
export interface Goal {
  name: string
  value: number
  /** The figure must not exceed it; with `atLeast`, must not be below it. */
  limit: number
  atLeast?: boolean
  unit?: string
}

/** The result of one group of measurements. */
export interface Report {
  /** The heading of its section of the page. */
  title: string
  /** How it was measured, in a sentence or two. */
  note: string
  table: Table
  goals: Goal[]
}

export interface Table {
  head: string[]
  rows: string[][]
  /** For the plot: a label and a figure for each bar. */
  bars?: Array<[label: string, value: number]>
}

export const isMet = ({ value, limit, atLeast = false }: Goal): boolean =>
  atLeast ? value >= limit : value <= limit

export const figure = (value: number): string =>
  value >= 1000
    ? Math.round(value).toLocaleString('en-US')
    : value >= 100
      ? value.toFixed(0)
      : value >= 10
        ? value.toFixed(1)
        : value.toFixed(2)

export const range = ({ median, min, max }: Spread): string =>
  `${figure(median)} [${figure(min)}–${figure(max)}]`

/** The table of a group whose first row is the limit. */
export function tableOf(measured: readonly Measured[]): Table {
  return {
    head: ['case', 'CPU µs', '× the limit'],
    rows: measured.map(({ name, micros, ratio }) => [name, range(micros), range(ratio)]),
    bars: measured.map(({ name, ratio }) => [name, ratio.median]),
  }
}

/** The ratio of one case, by name. */
export function ratioOf(measured: readonly Measured[], name: string): number {
  const found = measured.find((result) => result.name === name)
  if (found === undefined) throw new Error(`no case is called "${name}"`)
  return found.ratio.median
}

export function markdown({ title, note, table, goals }: Report): string {
  const lines = [
    `### ${title}`,
    '',
    note,
    '',
    row(table.head),
    row(table.head.map(() => '---')),
    ...table.rows.map(row),
    '',
  ]
  if (goals.length > 0)
    lines.push(
      row(['goal', 'measured', 'limit', 'met']),
      row(['---', '---', '---', '---']),
      ...goals.map(goalRow),
      '',
    )
  return lines.join('\n')
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

function goalRow(goal: Goal): string {
  const { name, value, limit, atLeast = false, unit = '' } = goal
  return row([
    name,
    `${figure(value)}${unit}`,
    `${atLeast ? '≥' : '≤'} ${figure(limit)}${unit}`,
    isMet(goal) ? 'yes' : '**no**',
  ])
}
