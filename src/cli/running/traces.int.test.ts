/**
 * One trace across processes: authority, workers and validators on a real server, each sending its
 * spans to a real collector, and what goes over the wire meanwhile held against the AsyncAPI document.
 */
import { connect } from '@nats-io/transport-node';
import type { Msg } from '@nats-io/transport-node';
import { Ajv } from 'ajv';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openLedger } from '../../adapters/open.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import { seedPolicy } from '../../commands/seed-policy.ts';
import { isTime } from '../../events/entry-time.ts';
import type { LedgerId } from '../../events/ids.ts';
import { isActorId } from '../../events/nkey.ts';
import { asyncApiOf } from '../../explorer/asyncapi/document.ts';
import { overlap } from '../../explorer/asyncapi/operations.ts';
import { apiRoutes } from '../../explorer/routes.ts';
import { CommandClient } from '../../roles/command-client.ts';
import { Follower } from '../../roles/follower.ts';
import { buildDataset, Operator } from '../../roles/operator.ts';
import { Meter } from '../../roles/telemetry/meter.ts';
import type { Collector, CollectedSpan } from '../../testing/collector.ts';
import { startCollector } from '../../testing/collector.ts';
import { startDaybook } from '../../testing/daybook-process.ts';
import type { Daybook } from '../../testing/daybook-process.ts';
import { keyNamed } from '../../testing/desk.ts';
import { NatsServer } from '../../testing/nats-server.ts';
import { someText, tinyPlan } from '../../testing/whole-run.ts';
import { openTraces, tracedParts } from './trace-options.ts';

const ledger = 'traced' as LedgerId;
const folder = mkdtempSync(join(tmpdir(), 'daybook-traces-'));
const nodes = [
  ['worker', 'worker-1'],
  ['worker', 'worker-2'],
  ['validator', 'validator-1'],
  ['validator', 'validator-2'],
  ['validator', 'validator-3'],
] as const;
const running: Daybook[] = [];
const heard: Msg[] = [];
let server: NatsServer;
let collector: Collector;
let journals: string[] = [];

const keyFile = (name: string): string => {
  const path = join(folder, `${name}.seed`);
  writeFileSync(path, `${keyNamed(name).seed()}\n`, { mode: 0o600 });
  return path;
};

function start(role: string, name: string, ...more: string[]): void {
  const at = ['--log', server.url, '--ledger', ledger, '--key', keyFile(name)];
  const told = ['--traces', collector.address, '--log-format', 'json', '--log-level', 'debug'];
  running.push(startDaybook(role, ...at, ...told, ...more));
}

/** A run of one window, from its opening to its end. */
beforeAll(async () => {
  [server, collector] = await Promise.all([NatsServer.start(), startCollector()]);
  const nc = await connect({ servers: server.url });
  nc.subscribe(`daybook.${ledger}.>`, { callback: (_, message) => void heard.push(message) });
  const operatorKey = keyNamed('operator');
  const own = await openLedger(server.url, ledger);
  const traces = openTraces({ traces: collector.address }, 'operator', new Meter(), () => () => {});
  const { log, artifacts, channel } = tracedParts(own, traces?.tracer ?? null);
  start('authority', 'authority', '--operator', operatorKey.actor);
  const stop = new AbortController();
  const follower = new Follower(log);
  const following = follower.run(stop.signal);
  await follower.until((books) => books.ledger.authority !== null, stop.signal);
  const client = new CommandClient({ channel, clock: systemClock, key: operatorKey, log });
  const operator = new Operator(client, artifacts, stop.signal);
  await operator.adoptPolicy(seedPolicy);
  for (const [role, name] of nodes) {
    await operator.admit({ participant: keyNamed(name).actor, role, name });
    start(role, name, '--backend', 'reference');
  }
  const { dataset, model } = tinyPlan;
  const recipe = {
    dataset,
    title: 'Text',
    documents: someText(3),
    vocabSize: model.vocabSize,
    pageTokens: model.contextLength,
    heldOutPages: 8,
  };
  await operator.registerDataset(await buildDataset(recipe, artifacts));
  await operator.startRun({ ...tinyPlan, windows: 1 });
  await follower.until((books) => books.runs[tinyPlan.run]?.state === 'completed', stop.signal);
  for (const role of running) role.kill('SIGTERM');
  journals = await Promise.all(running.map(async ({ ended }) => (await ended).err));
  await traces?.close();
  stop.abort();
  await following;
  await Promise.all([own.close(), nc.close()]);
}, 300_000);

afterAll(async () => {
  for (const role of running) role.kill('SIGKILL');
  await collector.close();
  await server.dispose();
  rmSync(folder, { recursive: true, force: true });
});

const named = (name: string | RegExp, where: (span: CollectedSpan) => boolean = () => true) =>
  collector.spans.filter((span) =>
    (typeof name === 'string' ? span.name === name : name.test(span.name)) ? where(span) : false,
  );
const parentOf = ({ traceId, parentSpanId }: CollectedSpan): CollectedSpan | undefined =>
  collector.spans.find((span) => span.traceId === traceId && span.spanId === parentSpanId);

/** From a span to the root of its trace, as `service: name`. */
function way(span: CollectedSpan): string[] {
  const up = parentOf(span);
  return [...(up === undefined ? [] : way(up)), `${span.service}: ${span.name}`];
}

it('every parent that a span names is there, and began before it', () => {
  expect(collector.spans.length).toBeGreaterThan(50);
  for (const span of collector.spans) {
    if (span.parentSpanId === undefined) continue;
    expect([way(span), parentOf(span) !== undefined]).toEqual([way(span), true]);
    expect(BigInt(span.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(span.startTimeUnixNano));
  }
});

it('a command goes from its client over the decision to the append', () => {
  const [append] = named('append', (span) => way(span)[0]?.includes('run.initializing') === true);
  expect(append && way(append)).toEqual([
    'daybook-operator: send daybook.run.initializing.v1',
    'daybook-authority: decide daybook.run.initializing.v1',
    'daybook-authority: append',
  ]);
  const decided = append && parentOf(append);
  expect(decided?.attributes).toMatchObject({
    'daybook.outcome': 'recorded',
    'daybook.entry': append?.attributes['daybook.entry'],
  });
  expect(decided && parentOf(decided)?.attributes['daybook.outcome']).toBe('recorded');
});

it('an assignment is one trace from the step to the verdict', () => {
  const verdicts = named('append', (span) => /verdict.recorded/.test(way(span).join()));
  expect(verdicts.length).toBeGreaterThan(1);
  for (const verdict of verdicts) {
    const { traceId } = verdict;
    const ofTrace = collector.spans.filter((span) => span.traceId === traceId);
    const roots = ofTrace.filter(({ parentSpanId }) => parentSpanId === undefined);
    expect(roots.map(({ name, service }) => [name, service])).toEqual([
      ['hand out train', 'daybook-authority'],
    ]);
    const about = roots[0]?.attributes['daybook.about'];
    const names = new Set(ofTrace.map(({ service, name }) => `${service}: ${name}`));
    for (const name of [
      'daybook-authority: hand out train',
      'daybook-worker: work on train',
      'daybook-worker: send daybook.assignment.claimed.v1',
      'daybook-worker: compute contribute',
      'daybook-worker: send daybook.submission.committed.v1',
      'daybook-authority: decide daybook.submission.committed.v1',
      'daybook-authority: hand out reveal',
      'daybook-worker: upload',
      'daybook-worker: send daybook.upload.completed.v1',
      'daybook-authority: hand out judge',
      'daybook-validator: work on judge',
      'daybook-validator: compute contribute',
      'daybook-validator: send daybook.verdict.recorded.v1',
    ])
      expect(names).toContain(name);
    for (const step of ofTrace.filter(({ name }) => name.startsWith('hand out')))
      expect(step.attributes['daybook.about']).toBe(about);
    expect(way(verdict).slice(-5)).toEqual([
      'daybook-authority: hand out judge',
      'daybook-validator: work on judge',
      'daybook-validator: send daybook.verdict.recorded.v1',
      'daybook-authority: decide daybook.verdict.recorded.v1',
      'daybook-authority: append',
    ]);
  }
});

it('what led to work of another trace is a link of it', () => {
  for (const { links } of named('hand out train')) {
    expect(links).toHaveLength(1);
    const [link] = links;
    const cause = collector.spans.find(({ spanId }) => spanId === link?.spanId);
    expect(cause?.traceId).toBe(link?.traceId);
    expect(cause?.name).toMatch(/^(decide|tick)/);
  }
});

it('lines of the journal name the span that they are said in', () => {
  const lines = journals
    .flatMap((text) => text.trimEnd().split('\n'))
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, string>);
  for (const [event, name] of [
    ['command.recorded', /^decide /],
    ['contribution.committed', /^work on train/],
    ['verdict.given', /^work on judge/],
    ['step.done', /^work on /],
  ] as const) {
    const said = lines.filter((line) => line['event'] === event);
    expect([event, said.length]).not.toEqual([event, 0]);
    for (const { trace_id, span_id } of said) {
      const span = collector.spans.find((one) => one.spanId === span_id);
      expect([event, span?.traceId]).toEqual([event, trace_id]);
      expect(span?.name).toMatch(name);
    }
  }
  expect(lines.find(({ event }) => event === 'role.started')).not.toHaveProperty('trace_id');
});

it('nothing of it is in the ledger, and all that was sent is as the AsyncAPI document says', () => {
  const document = JSON.parse(JSON.stringify(asyncApiOf(apiRoutes))) as {
    channels: Record<string, { address: string | null; messages: Record<string, unknown> }>;
  };
  const ajv = new Ajv({ strict: false });
  ajv.addFormat('nkey', isActorId);
  ajv.addFormat('date-time', isTime);
  ajv.addFormat('sequence', (text: string) => Number.isSafeInteger(Number(text)));
  ajv.addSchema(document, 'asyncapi');
  const check = (channel: string, message: string, part: string, value: unknown): void => {
    const holds = ajv.getSchema(`asyncapi#/channels/${channel}/messages/${message}/${part}`);
    expect([channel, message, holds?.(value), holds?.errors]).toEqual([
      channel,
      message,
      true,
      null,
    ]);
  };
  const counts: Record<string, number> = {};
  for (const { subject, data, headers } of heard) {
    const [channel = '', found] =
      Object.entries(document.channels).find(
        ([, { address }]) => address !== null && overlap(subject, address),
      ) ?? [];
    expect([subject, found !== undefined]).toEqual([subject, true]);
    const text = Buffer.from(data).toString('utf8');
    const carried = Object.fromEntries(
      [...(headers?.keys() ?? [])].map((key) => [key, headers?.get(key)]),
    );
    counts[channel] = (counts[channel] ?? 0) + 1;
    if (channel === 'log') {
      expect(text + JSON.stringify(carried)).not.toMatch(/traceparent|tracestate/);
      check(channel, 'commit', 'headers', carried);
      continue;
    }
    const value = JSON.parse(text) as { command: string };
    const message = channel === 'command' ? value.command : Object.keys(found?.messages ?? {})[0];
    check(channel, message ?? '', 'payload', value);
    check(channel, message ?? '', 'headers', carried);
    if (channel === 'step') expect(carried).toHaveProperty('traceparent');
  }
  expect(Object.keys(counts).toSorted()).toEqual(['command', 'lead', 'log', 'step']);
});
