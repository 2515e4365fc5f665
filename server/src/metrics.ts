import type { Metrics } from 'latchkey'

interface MetricFamily {
  name: string
  type: 'gauge' | 'counter' | 'summary'
  help: string
  /** What follows the name, such as a label or `_sum`, and the value. Null values are left out. */
  samples: Array<[suffix: string, value: number | null]>
}

/** How often each event happened in this process. */
export type Counts = ReadonlyMap<string, number>

/** Returns the metrics of this process for Prometheus (text format 0.0.4). */
export function metricsText({ revocations, connections }: Metrics, counts: Counts): string {
  const families = [
    ...revocationMetrics(revocations),
    gauge('latchkey_connections', 'Open connections that are bound to a session.', connections),
    {
      name: 'latchkey_events_total',
      type: 'counter' as const,
      help: 'Events of sessions, by type.',
      samples: [...counts].map(([type, count]): [string, number] => [`{type="${type}"}`, count]),
    },
  ]
  return families.map(familyText).join('\n') + '\n'
}

function revocationMetrics(revocations: Metrics['revocations']): MetricFamily[] {
  const { lag, age, stale, pushed, remembered, storeReads } = revocations
  return [
    {
      name: 'latchkey_revocation_lag_seconds',
      type: 'summary',
      help: 'Time from the end of a session until this process knew. Quantiles of the last 1000.',
      samples: [
        ['{quantile="0.5"}', toSeconds(lag?.p50)],
        ['{quantile="0.99"}', toSeconds(lag?.p99)],
        ['{quantile="1"}', toSeconds(lag?.max)],
        ['_sum', toSeconds(lag?.sum ?? 0)],
        ['_count', lag?.count ?? 0],
      ],
    },
    gauge(
      'latchkey_revocation_poll_age_seconds',
      'Time since the store was last polled for ended sessions.',
      toSeconds(age),
    ),
    gauge(
      'latchkey_revocation_stale',
      '1 if revocations may have been missed, so that every check reads the store.',
      Number(stale),
    ),
    gauge('latchkey_revocation_pushed', '1 if the store notifies of revocations.', Number(pushed)),
    gauge('latchkey_revocation_remembered', 'Ended sessions in memory.', remembered),
    {
      name: 'latchkey_revocation_store_reads_total',
      type: 'counter',
      help: 'Checks of tokens that read the store.',
      samples: [['', storeReads]],
    },
  ]
}

const gauge = (name: string, help: string, value: number | null): MetricFamily => ({
  name,
  type: 'gauge',
  help,
  samples: [['', value]],
})

const toSeconds = (milliseconds: number | null | undefined): number | null =>
  milliseconds == null ? null : milliseconds / 1000

const familyText = ({ name, type, help, samples }: MetricFamily): string =>
  [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...samples
      .filter(([, value]) => value !== null)
      .map(([suffix, value]) => `${name}${suffix} ${value}`),
  ].join('\n')
