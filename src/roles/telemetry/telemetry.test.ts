/** Metrics and journal without a process: what is declared, what comes out, what does not. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { generateKey } from '../../events/nkey.ts';
import { readPrometheusText } from '../../testing/prometheus-text.ts';
import { expositionOf } from './exposition.ts';
import { openJournal } from './journal.ts';
import type { JournalOptions } from './journal.ts';
import { LOG_EVENTS } from './log-events.ts';
import { gaugeOf, Meter } from './meter.ts';
import { METRICS } from './metric-table.ts';
import type { MetricDeclaration } from './metric-table.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const declared: [string, MetricDeclaration][] = Object.entries(METRICS);

describe('the table of metrics', () => {
  it.each(declared)('%s is named as Prometheus asks for', (name, { type, unit, labels, help }) => {
    expect(name).toMatch(/^(daybook|process|nodejs)_[a-z][a-z0-9_]*[a-z0-9]$/);
    expect(name.endsWith('_total')).toBe(type === 'counter');
    if (unit !== null) expect(name.replace(/_total$/, '')).toMatch(new RegExp(`_${unit}$`));
    // What one participant of many is called would be a series each.
    for (const label of labels) expect(label).not.toMatch(/actor|participant|key|assignment/);
    expect(help).toMatch(/^[1A-Z].*\.$/);
  });

  it('is told whole in the guide', () => {
    const guide = readFileSync(`${root}docs/METRICS.md`, 'utf8');
    for (const [name] of declared) expect(guide).toContain(`\`${name}\``);
  });
});

/** Names in a PromQL expression that could be metrics. */
const metricsIn = (query: string): string[] => [
  ...new Set(query.match(/\b(daybook|process|nodejs)_[a-z0-9_]+/g)),
];
const known = (name: string): boolean =>
  name in METRICS ||
  (/_(bucket|sum|count)$/.test(name) &&
    declared.some(
      ([one, { type }]) => type === 'histogram' && one === name.replace(/_(bucket|sum|count)$/, ''),
    ));
/** Labels that a query groups by or selects. */
const labelsIn = (query: string): string[] =>
  [
    ...[...query.matchAll(/\b(?:by|without) ?\(([^)]*)\)/g)].flatMap(([, inside = '']) =>
      inside.split(','),
    ),
    ...[...query.matchAll(/([a-z_]+)(?:=~?|!=|!~)"/g)].map(([, label = '']) => label),
  ]
    .map((label) => label.trim())
    .filter((label) => label !== '');
const knownLabels = new Set([
  ...declared.flatMap(([, { labels }]) => labels),
  'le',
  'job',
  'instance',
]);

function expectDeclared(query: string): void {
  expect(metricsIn(query).length, query).toBeGreaterThan(0);
  for (const name of metricsIn(query)) expect(known(name), `${name} in ${query}`).toBe(true);
  for (const label of labelsIn(query)) expect(knownLabels, query).toContain(label);
}

describe('what is made for the metrics', () => {
  it('a dashboard that asks for declared ones only', () => {
    const dashboard = JSON.parse(readFileSync(`${root}ops/grafana/daybook.json`, 'utf8'));
    const queries = dashboard.panels.flatMap(({ targets = [] }) => targets);
    expect(queries.length).toBeGreaterThan(10);
    for (const { expr } of queries) expectDeclared(expr);
    for (const { type, title, fieldConfig } of dashboard.panels)
      if (type !== 'row') expect(fieldConfig?.defaults?.unit, title).toMatch(/^[a-z]+$/);
    const ids = dashboard.panels.map(({ id }: { id: number }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('alerts that ask for declared ones only, each with a section in the guide', () => {
    const rules = readFileSync(`${root}ops/prometheus/alerts.yml`, 'utf8');
    const guide = readFileSync(`${root}docs/guides/operations.md`, 'utf8');
    const alerts = [...rules.matchAll(/- alert: (\w+)\n\s+expr: (.+)\n/g)];
    expect(alerts.length).toBe(rules.match(/- alert:/g)?.length);
    for (const [, alert, expr = ''] of alerts) {
      if (!/^up\b/.test(expr)) expectDeclared(expr);
      expect(guide).toContain(`\`${alert}\``);
    }
  });
});

describe('the exposition', () => {
  it('is what a scraper reads, counters and histograms included', () => {
    const meter = new Meter();
    meter.collect(() => [gaugeOf('daybook_run_state', 1, { run: 'a"b\\c\nd', state: 'active' })]);
    meter.count('daybook_commands_total', { outcome: 'refused', code: 'bad_signature' });
    meter.count('daybook_commands_total', { outcome: 'refused', code: 'bad_signature' });
    for (const seconds of [0.0005, 0.001, 0.2, 60])
      meter.observe('daybook_command_seconds', {}, seconds);
    const series = readPrometheusText(meter.text());
    const value = (name: string, le?: string): number | undefined =>
      series.find((one) => one.name === name && (le === undefined || one.labels['le'] === le))
        ?.value;
    expect(value('daybook_commands_total')).toBe(2);
    expect(value('daybook_command_seconds_bucket', '0.001')).toBe(2);
    expect(value('daybook_command_seconds_bucket', '5')).toBe(3);
    expect(value('daybook_command_seconds_bucket', '+Inf')).toBe(4);
    expect(value('daybook_command_seconds_count')).toBe(4);
    expect(value('daybook_command_seconds_sum')).toBeCloseTo(60.2015);
    const state = series.find(({ name }) => name === 'daybook_run_state');
    expect(state?.labels['run']).toBe(String.raw`a\"b\\c\nd`);
  });

  it('has a counter before it counts, where somebody waits for the first', () => {
    const meter = new Meter();
    meter.expect('daybook_witness_forks_total');
    const zero = readPrometheusText(meter.text());
    expect(zero).toMatchObject([{ name: 'daybook_witness_forks_total', value: 0 }]);
    meter.count('daybook_witness_forks_total');
    expect(readPrometheusText(meter.text())).toMatchObject([{ value: 1 }]);
  });

  it('takes no label that is not declared', () => {
    expect(() => expositionOf([gaugeOf('daybook_ready', 1, { actor: 'U1' })])).toThrow('labels');
  });

  it('that is damaged is not read', () => {
    for (const text of [
      'daybook_ready 1\n',
      '# HELP a b\n# TYPE a gauge\na 1',
      '# HELP a b\n# TYPE a gauge\na 1\na 1\n',
      '# HELP a b\n# TYPE a counter\na 1\n',
      '# HELP a b\n# TYPE a gauge\na{x="1} 1\n',
    ])
      expect(() => readPrometheusText(text), text).toThrow();
  });
});

describe('the journal', () => {
  const written = (options: Partial<JournalOptions>) => {
    const lines: string[] = [];
    const write = (text: string): number => lines.push(text);
    const own = { role: 'worker', format: 'json', level: 'info', nowMs: () => 0 } as const;
    return { lines, say: openJournal({ ...own, write, ...options }) };
  };

  it('writes one object a line, newlines or not, with what the event is', () => {
    const { lines, say } = written({});
    say('joined\nas session 3', 'node.joined', { session: 3 });
    say('something');
    expect(lines).toHaveLength(2);
    expect(lines[0]?.split('\n')).toHaveLength(2);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      time: '1970-01-01T00:00:00.000Z',
      level: 'info',
      event: 'node.joined',
      role: 'worker',
      message: 'joined\nas session 3',
      session: 3,
    });
    expect(JSON.parse(lines[1] ?? '')).toMatchObject({ event: 'note', message: 'something' });
  });

  it('keeps to lines for people where they read it, and to the level asked for', () => {
    const { lines, say } = written({ format: 'text', level: 'warn' });
    say('joined', 'node.joined', { session: 3 });
    say('away', 'step.retried', { code: 'log_unavailable' });
    expect(lines).toEqual(['1970-01-01T00:00:00.000Z away\n']);
  });

  it.each(['text', 'json'] as const)('never lets a seed out (%s)', (format) => {
    const { lines, say } = written({ format });
    const seed = generateKey(new Uint8Array(32).fill(7)).seed();
    say(`cannot use ${seed}: not today`, 'fact.refused', { what: seed });
    expect(lines.join('')).not.toContain(seed);
    expect(lines.join('')).not.toContain(seed.slice(2, 50));
    expect(lines.join('')).toContain('<seed>');
  });

  it('names its events like one another', () => {
    for (const name of Object.keys(LOG_EVENTS)) expect(name).toMatch(/^(note|[a-z]+\.[a-z_]+)$/);
  });
});
