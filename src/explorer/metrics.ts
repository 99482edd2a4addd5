/**
 * Prometheus text (0.0.4). Base units in the names; runs and roles are labels, keys of participants
 * never are, so the number of series does not grow with the network.
 */
import type { Overview } from './read-models/overview.ts';
import type { Pulse } from './streams.ts';

export interface Gauges {
  readonly overview: Overview;
  readonly pulse: Pulse;
  readonly commits: number;
  readonly streams: number;
  readonly requests: ReadonlyMap<string, number>;
  readonly residentBytes: number;
  readonly uptimeSeconds: number;
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export function metricsText(gauges: Gauges): string {
  const { overview, pulse } = gauges;
  const { runs, contributors, head } = overview;
  const losses = runs.flatMap(({ run, heldOutLossNowMicroNats: loss }): Sample[] =>
    loss === null ? [] : [[{ run }, loss / 1e6]],
  );
  const byStanding = countBy(contributors.map(({ role, status }) => `${role} ${status}`));
  return [
    family('daybook_ledger_entries', 'gauge', 'Entries folded.', [[{}, pulse.size]]),
    family('daybook_ledger_commits', 'gauge', 'Commits folded.', [[{}, gauges.commits]]),
    family('daybook_ledger_clock_seconds', 'gauge', 'Ledger time of the last entry.', [
      [{}, head.clockMs / 1000],
    ]),
    family('daybook_explorer_lag_seconds', 'gauge', 'Since the whole log was last known folded.', [
      [{}, pulse.behindMs / 1000],
    ]),
    family('daybook_explorer_fault', 'gauge', '1 while the log cannot be followed or trusted.', [
      [{}, pulse.fault === null ? 0 : 1],
    ]),
    family(
      'daybook_run_state',
      'gauge',
      'The state each run is in.',
      runs.map(({ run, state }): Sample => [{ run, state }, 1]),
    ),
    family(
      'daybook_run_windows_reconciled',
      'gauge',
      'Windows closed for good.',
      runs.map(({ run, windowsReconciled }): Sample => [{ run }, windowsReconciled]),
    ),
    family(
      'daybook_run_tokens_counted_total',
      'counter',
      'Tokens whose delta counted.',
      runs.map(({ run, tokensCounted }): Sample => [{ run }, tokensCounted]),
    ),
    family('daybook_run_held_out_loss_nats', 'gauge', 'Of the current revision.', losses),
    family(
      'daybook_participants',
      'gauge',
      'By role and status.',
      [...byStanding].map(([key, count]): Sample => {
        const [role = '', status = ''] = key.split(' ');
        return [{ role, status }, count];
      }),
    ),
    family('daybook_explorer_streams', 'gauge', 'Open event streams.', [[{}, gauges.streams]]),
    family(
      'daybook_explorer_http_requests_total',
      'counter',
      'Requests by route and status.',
      [...gauges.requests].map(([key, count]): Sample => {
        const [route = '', status = ''] = key.split(' ');
        return [{ route, status }, count];
      }),
    ),
    family('process_resident_memory_bytes', 'gauge', 'Of this process.', [
      [{}, gauges.residentBytes],
    ]),
    family('process_uptime_seconds', 'gauge', 'Of this process.', [[{}, gauges.uptimeSeconds]]),
  ].join('');
}

function family(name: string, type: string, help: string, samples: readonly Sample[]): string {
  const lines = samples.map(([labels, value]) => {
    const inside = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
    return `${name}${inside.length === 0 ? '' : `{${inside.join(',')}}`} ${value}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

const escaped = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

function countBy(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}
