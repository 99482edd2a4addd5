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
import { isTime } from '../../events/entry-time.ts';
import type { LedgerId } from '../../events/ids.ts';
import { isActorId } from '../../events/nkey.ts';
import { originOf } from '../../events/checkpoint.ts';
import { verifierKeyOf } from '../../events/note.ts';
import type { Books } from '../../projections/books.ts';
import { asyncApiOf } from '../../explorer/asyncapi/document.ts';
import { overlap } from '../../explorer/asyncapi/operations.ts';
import { apiRoutes } from '../../explorer/routes.ts';
import { Follower } from '../../roles/follower.ts';
import type { Collector, CollectedSpan } from '../../testing/collector.ts';
import { startCollector } from '../../testing/collector.ts';
import { daybook, startDaybook } from '../../testing/daybook-process.ts';
import type { Daybook } from '../../testing/daybook-process.ts';
import { keyNamed } from '../../testing/desk.ts';
import { NatsServer } from '../../testing/nats-server.ts';

const ledger = 'traced' as LedgerId;
/** Of somebody else who asks over HTTP: trace and span. */
const FOREIGN = '4bf92f3577b34da6a3ce929d0e0e4736';
const STRANGER = '00f067aa0ba902b7';
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
const journals: string[] = [];

const keyFile = (name: string): string => {
  const path = join(folder, `${name}.seed`);
  writeFileSync(path, `${keyNamed(name).seed()}\n`, { mode: 0o600 });
  return path;
};

function start(role: string, ...more: string[]): Daybook {
  const told = ['--traces', collector.address, '--log-format', 'json', '--log-level', 'debug'];
  const one = startDaybook(role, ...more, ...told);
  running.push(one);
  return one;
}

const firstLineOf = async (role: Daybook): Promise<string> =>
  (await role.printed('\n')).split('\n')[0] ?? '';

/** A run of one window, from its opening to its end, and what is served of it. */
beforeAll(async () => {
  [server, collector] = await Promise.all([NatsServer.start(), startCollector()]);
  const nc = await connect({ servers: server.url });
  nc.subscribe(`daybook.${ledger}.>`, { callback: (_, message) => void heard.push(message) });
  const at = ['--log', server.url, '--ledger', ledger];
  const operator = keyFile('operator');
  start(
    'authority',
    ...at,
    '--key',
    keyFile('authority'),
    '--operator',
    keyNamed('operator').actor,
  );
  const own = await openLedger(server.url, ledger);
  const stop = new AbortController();
  const follower = new Follower(own.log);
  const following = follower.run(stop.signal);
  await follower.until((books) => books.ledger.authority !== null, stop.signal);
  const relay = await firstLineOf(start('relay', ...at, '--port', '0'));
  for (const [role, name] of nodes)
    start(role, ...at, '--key', keyFile(name), ...(role === 'worker' ? ['--peer', relay] : []));
  const admitted = nodes.flatMap(([role, name]) => [
    `--${role}`,
    `${name}=${keyNamed(name).actor}`,
  ]);
  const told = ['--traces', collector.address];
  const [size, windows] = [
    ['--size', 'mini'],
    ['--windows', '1'],
  ];
  const asked = [...at, '--key', operator, ...admitted, ...size, ...windows, ...told];
  const began = await daybook('run', 'start', ...asked);
  expect(began).toMatchObject({ code: 0 });
  const isOver = ({ runs }: Books): boolean => runs['moby']?.state === 'completed';
  await follower.until(isOver, stop.signal);
  const late = await daybook('run', 'resume', 'moby', ...at, '--key', operator, ...told);
  expect([late.code, late.err]).toEqual([1, expect.stringContaining('refused: ')]);

  const logKey = verifierKeyOf(originOf(ledger), keyNamed('authority').actor);
  const key = ['--key', keyFile('witness'), '--name', 'w.example'];
  const record = ['--record', join(folder, 'record'), '--begin', '--log-key', logKey];
  const witness = start('witness', ...key, ...record, '--port', '0');
  const witnessKey = verifierKeyOf('w.example', keyNamed('witness').actor, 'cosignatureV1');
  const witnesses = ['--witness', await firstLineOf(witness), '--witness-key', witnessKey];
  const explorer = await firstLineOf(start('explorer', ...at, '--port', '0', ...witnesses));
  const headers = { traceparent: `00-${FOREIGN}-${STRANGER}-01`, tracestate: 'theirs=1' };
  const get = (path: string) => fetch(`${explorer}${path}`, { headers });
  while ((await get('/checkpoint')).status !== 200)
    await new Promise((resolve) => setTimeout(resolve, 200));
  await Promise.all([get('/api/entries?subject=secret'), get('/nothing')]);

  // The authority last, and each while the others are quiet: it has two seconds for what it has not sent.
  for (const role of running.toReversed()) {
    role.kill('SIGTERM');
    journals.push((await role.ended).err);
  }
  stop.abort();
  await following;
  await Promise.all([own.close(), nc.close()]);
});

afterAll(async () => {
  for (const role of running) role.kill('SIGKILL');
  await Promise.all(running.map(({ ended }) => ended));
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
    if (span.parentSpanId === undefined || span.parentSpanId === STRANGER) continue;
    expect([way(span), parentOf(span) !== undefined]).toEqual([way(span), true]);
    expect(BigInt(span.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(span.startTimeUnixNano));
  }
});

it('a command goes from its client over the decision to the append', () => {
  const [append] = named('append', (span) => way(span)[1]?.includes('run.initializing') === true);
  expect(append && way(append)).toEqual([
    'daybook-cli: daybook run start',
    'daybook-cli: send daybook.run.initializing.v1',
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

it('what led to work of another trace is a link of it, up to the command of the operator', () => {
  const handed = named('hand out train');
  expect(handed.length).toBeGreaterThan(1);
  for (const { links } of handed) {
    const causes = links.map(({ traceId, spanId }) =>
      collector.spans.find((span) => span.traceId === traceId && span.spanId === spanId),
    );
    const ways = causes.map((cause) => cause && way(cause));
    expect(ways).toEqual([
      ['daybook-authority: tick'],
      [
        'daybook-cli: daybook run start',
        'daybook-cli: send daybook.run.initializing.v1',
        'daybook-authority: decide daybook.run.initializing.v1',
      ],
    ]);
  }
});

it('a verb that is refused is a trace that says so', () => {
  const [verb] = named('daybook resume-run');
  expect(verb?.status).toMatchObject({ code: 2, message: expect.stringContaining('refused: ') });
  const [decided] = named('decide daybook.run.resumed.v1');
  expect(decided && way(decided)).toEqual([
    'daybook-cli: daybook resume-run',
    'daybook-cli: send daybook.run.resumed.v1',
    'daybook-authority: decide daybook.run.resumed.v1',
  ]);
  expect(decided?.attributes).toMatchObject({ 'daybook.outcome': 'refused' });
});

it('requests over HTTP are of the trace that they name, and what is asked for them, too', () => {
  const served = named(/^GET /, ({ service }) => service === 'daybook-explorer');
  const of = (name: string) => served.find((span) => span.name === name);
  for (const { traceId, parentSpanId, traceState, attributes } of served) {
    expect([traceId, parentSpanId, traceState]).toEqual([FOREIGN, STRANGER, 'theirs=1']);
    expect(JSON.stringify(attributes)).not.toContain('secret');
  }
  expect(of('GET /api/entries')?.attributes).toMatchObject({
    'http.request.method': 'GET',
    'http.route': '/api/entries',
    'http.response.status_code': '200',
    'url.path': '/api/entries',
  });
  expect(of('GET unmatched')).toMatchObject({
    status: {},
    attributes: { 'http.response.status_code': '404', 'url.path': '/nothing' },
  });
  const [cosigned] = named(
    'POST /add-checkpoint',
    ({ attributes }) => attributes['http.response.status_code'] === '200',
  );
  expect(cosigned && way(cosigned)).toEqual([
    'daybook-explorer: GET /checkpoint',
    'daybook-explorer: POST',
    'daybook-witness: POST /add-checkpoint',
  ]);
});

it('bytes that a worker has from a relay are part of its work', () => {
  const pages = named('GET /pages', ({ service }) => service === 'daybook-relay');
  expect(pages.length).toBeGreaterThan(1);
  for (const page of pages)
    expect(way(page).slice(-3)).toEqual([
      expect.stringMatching(/^daybook-worker: work on /),
      'daybook-worker: GET',
      'daybook-relay: GET /pages',
    ]);
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
  expect(Object.keys(counts).toSorted()).toEqual(['command', 'lead', 'log', 'query', 'step']);
});
