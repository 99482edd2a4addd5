/** docs/METRICS.md from the tables in the code. */
import { LOG_EVENTS } from '../src/roles/telemetry/log-events.ts';
import { METRICS } from '../src/roles/telemetry/metric-table.ts';
import type { MetricDeclaration } from '../src/roles/telemetry/metric-table.ts';

export function metricsPage(): string {
  const metrics = (Object.entries(METRICS) as [string, MetricDeclaration][]).map(
    ([name, { type, unit, labels, help }]) =>
      `| \`${name}\` | ${type} | ${unit ?? '-'} | ${labels.join(', ') || '-'} | ${help} |`,
  );
  const events = Object.entries(LOG_EVENTS).map(([name, level]) => `| \`${name}\` | ${level} |`);
  return [
    '# Metrics and log events',
    '',
    'What roles tell of themselves: the metrics at `/metrics`, and the events that ' +
      '`--log-format json` names. How they are used is in [operations](guides/operations.md).',
    '',
    '## Metrics',
    '',
    '| name | type | unit | labels | what it is |',
    '| --- | --- | --- | --- | --- |',
    ...metrics,
    '',
    '## Log events',
    '',
    'Each line has `time`, `level`, `event`, `role` and `message`, and ids, codes and sequences as ' +
      'members of their own. Names are stable; messages are for people and may change.',
    '',
    '| event | level |',
    '| --- | --- |',
    ...events,
    '',
  ].join('\n');
}
