/** What the explorer tells in numbers, from what it serves; the metrics are declared elsewhere. */
import { expositionOf } from '../roles/telemetry/exposition.ts';
import type { Sample } from '../roles/telemetry/exposition.ts';
import { gaugeOf } from '../roles/telemetry/meter.ts';
import type { Overview } from './read-models/overview.ts';
import type { Pulse } from './streams.ts';

export interface Gauges {
  readonly overview: Overview;
  readonly pulse: Pulse;
  readonly ready: boolean;
  readonly commits: number;
  readonly streams: number;
  /** By `<route> <status>`. */
  readonly requests: ReadonlyMap<string, number>;
  /** Of the process. */
  readonly process: readonly Sample[];
}

export function metricsText({ overview, pulse, ...gauges }: Gauges): string {
  const { runs, contributors, head } = overview;
  const byStanding = countBy(contributors.map(({ role, status }) => `${role} ${status}`));
  return expositionOf([
    gaugeOf('daybook_ready', gauges.ready ? 1 : 0),
    gaugeOf('daybook_ledger_entries', pulse.size),
    gaugeOf('daybook_ledger_commits', gauges.commits),
    gaugeOf('daybook_ledger_clock_seconds', head.clockMs / 1000),
    gaugeOf('daybook_ledger_lag_seconds', pulse.behindMs / 1000),
    gaugeOf('daybook_ledger_fault', pulse.fault === null ? 0 : 1),
    ...runs.flatMap((one): Sample[] => {
      const { run, state, heldOutLossNowMicroNats: loss } = one;
      return [
        gaugeOf('daybook_run_state', 1, { run, state }),
        gaugeOf('daybook_run_windows_reconciled', one.windowsReconciled, { run }),
        gaugeOf('daybook_run_tokens_counted_total', one.tokensCounted, { run }),
        ...(loss === null ? [] : [gaugeOf('daybook_run_held_out_loss_nats', loss / 1e6, { run })]),
      ];
    }),
    ...pairsOf(byStanding, (role, status, count) =>
      gaugeOf('daybook_participants', count, { role, status }),
    ),
    gaugeOf('daybook_explorer_streams', gauges.streams),
    ...pairsOf(gauges.requests, (route, status, count) =>
      gaugeOf('daybook_http_requests_total', count, { route, status }),
    ),
    ...gauges.process,
  ]);
}

const pairsOf = (
  counts: ReadonlyMap<string, number>,
  sample: (first: string, second: string, count: number) => Sample,
): Sample[] =>
  [...counts].map(([key, count]) => {
    const [first = '', second = ''] = key.split(' ');
    return sample(first, second, count);
  });

function countBy(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}
