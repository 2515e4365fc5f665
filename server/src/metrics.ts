import type { Metrics } from 'latchkey'

/** One line of the exposition format, and what it means. */
type Row = [
  name: string,
  kind: 'gauge' | 'counter' | 'summary',
  help: string,
  values: Array<[suffix: string, value: number | null]>,
]

/** How often each event happened in this process. */
export type Counts = ReadonlyMap<string, number>

/** What a monitor asks of this process, as Prometheus reads it (text format 0.0.4). Durations are in seconds. */
export function metricsText({ revocations, connections }: Metrics, counts: Counts): string {
  const { lag, age, stale, pushed, remembered, storeReads } = revocations
  const rows: Row[] = [
    [
      'latchkey_revocation_lag_seconds',
      'summary',
      'From the end of a session to the moment that this process knew of it. The quantiles are of the last thousand.',
      [
        ['{quantile="0.5"}', seconds(lag?.p50)],
        ['{quantile="0.99"}', seconds(lag?.p99)],
        ['{quantile="1"}', seconds(lag?.max)],
        ['_sum', seconds(lag?.sum ?? 0)],
        ['_count', lag?.count ?? 0],
      ],
    ],
    [
      'latchkey_revocation_age_seconds',
      'gauge',
      'Since the store was last asked for ended sessions.',
      [['', seconds(age)]],
    ],
    [
      'latchkey_revocation_stale',
      'gauge',
      '1 where every check asks the store, because ends may have been missed.',
      [['', Number(stale)]],
    ],
    [
      'latchkey_revocation_told',
      'gauge',
      '1 where the store tells of every end by itself.',
      [['', Number(pushed)]],
    ],
    [
      'latchkey_revocation_remembered',
      'gauge',
      'Ended sessions that are remembered.',
      [['', remembered]],
    ],
    [
      'latchkey_revocation_asked_total',
      'counter',
      'Checks for which the store was asked.',
      [['', storeReads]],
    ],
    [
      'latchkey_connections',
      'gauge',
      'Open connections that are bound to a session.',
      [['', connections]],
    ],
    [
      'latchkey_events_total',
      'counter',
      'What happened to sessions.',
      [...counts].map(([type, count]) => [`{type="${type}"}`, count]),
    ],
  ]
  return (
    rows
      .map(([name, kind, help, values]) =>
        [`# HELP ${name} ${help}`, `# TYPE ${name} ${kind}`, ...lines(name, values)].join('\n'),
      )
      .join('\n') + '\n'
  )
}

const seconds = (milliseconds: number | null | undefined): number | null =>
  milliseconds == null ? null : milliseconds / 1000

const lines = (name: string, values: Row[3]): string[] =>
  values.filter(([, value]) => value !== null).map(([suffix, value]) => `${name}${suffix} ${value}`)
