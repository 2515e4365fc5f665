import { figure, range, type Table } from '../harness/report.ts'
import { spread } from '../harness/rounds.ts'

/** Runs every case once per round. Each returns a rate per second. */
export async function ratesOf(
  cases: Record<string, () => number | Promise<number>>,
  rounds: number,
): Promise<Record<string, number[]>> {
  const rates = Object.fromEntries(Object.keys(cases).map((name) => [name, [] as number[]]))
  for (let round = 0; round < rounds; round++)
    for (const [name, run] of Object.entries(cases)) rates[name]!.push(await run())
  return rates
}

/** The first case is the limit that the others are compared with. */
export function ratesTable(rates: Record<string, number[]>, ratioHead: string): Table {
  const spreads = Object.entries(rates).map(([name, values]) => ({ name, ...spread(values) }))
  return {
    head: ['what', 'per second', ratioHead],
    rows: spreads.map(({ name, ...rate }) => [
      name,
      range(rate),
      figure(rate.median / spreads[0]!.median),
    ]),
    bars: spreads.map(({ name, median }) => [name, median]),
  }
}
