/** The exporter against a real collector that takes, refuses, is away, and comes back. */
import { afterEach, expect, it } from 'vitest';
import type { Collector } from '../../testing/collector.ts';
import { startCollector } from '../../testing/collector.ts';
import { freePort } from '../../testing/free-port.ts';
import { SpanExporter } from './exporter.ts';
import { Tracer } from './tracer.ts';

let collector: Collector | null = null;
afterEach(async () => {
  await collector?.close();
  collector = null;
});

interface Told {
  exported: number;
  readonly dropped: Record<string, number>;
  readonly failing: (string | null)[];
}

function exporterTo(address: string, queueMax = 100) {
  const told: Told = { exported: 0, dropped: {}, failing: [] };
  const exporter = new SpanExporter({
    url: `${address}/v1/traces`,
    headers: { 'x-token': 'abc' },
    resource: { 'service.name': 'test' },
    version: '0',
    queueMax,
    everyMs: 10,
    exported: (count) => (told.exported += count),
    dropped: (count, reason) => (told.dropped[reason] = (told.dropped[reason] ?? 0) + count),
    failing: (why) => told.failing.push(why),
  });
  return { told, exporter, tracer: new Tracer((span) => exporter.take(span)) };
}

it('sends what has ended, in OTLP', async () => {
  collector = await startCollector();
  const { told, exporter, tracer } = exporterTo(collector.address);
  const span = tracer.start('outer', {
    kind: 'server',
    attributes: { a: 1, b: true, c: 'x', d: 0.5 },
  });
  tracer.start('inner', { parent: span.context, links: [span.context] }).end('why');
  span.end();
  span.end('twice');
  const got = await collector.got(({ name }) => name === 'outer');
  expect(got).toMatchObject({
    service: 'test',
    kind: 2,
    attributes: { a: '1', b: 'true', c: 'x', d: '0.5' },
    status: {},
  });
  expect(collector.spans.find(({ name }) => name === 'inner')).toMatchObject({
    traceId: got.traceId,
    parentSpanId: got.spanId,
    links: [{ traceId: got.traceId, spanId: got.spanId }],
    status: { code: 2, message: 'why' },
  });
  await exporter.close();
  expect(collector.requests[0]).toMatchObject({ ':path': '/v1/traces', 'x-token': 'abc' });
  expect(told).toEqual({ exported: 2, dropped: {}, failing: [] });
});

it('keeps a bounded number for a collector that is away, and sends them when it is back', async () => {
  // Nobody else is given its port while it is away.
  const first = await startCollector(await freePort());
  const { address } = first;
  await first.close();
  const { told, exporter, tracer } = exporterTo(address, 5);
  for (let i = 0; i < 8; i += 1) tracer.start(`span ${i}`).end();
  expect(told.dropped).toEqual({ queue_full: 3 });
  while (told.failing.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(told.failing[0]).toContain('ECONNREFUSED');
  collector = await startCollector(Number(new URL(address).port));
  await collector.got(({ name }) => name === 'span 4');
  await exporter.close();
  expect(told).toMatchObject({ exported: 5, dropped: { queue_full: 3 } });
  expect(told.failing.slice(1)).toEqual([null]);
});

it('asks a busy collector again, and gives up what is refused', async () => {
  collector = await startCollector();
  const { told, exporter, tracer } = exporterTo(collector.address);
  collector.status = 503;
  tracer.start('kept').end();
  while (told.failing.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  collector.status = 200;
  await collector.got(({ name }) => name === 'kept');
  collector.status = 400;
  tracer.start('malformed').end();
  while (told.dropped['refused'] === undefined)
    await new Promise((resolve) => setTimeout(resolve, 10));
  collector.status = 200;
  tracer.start('after').end();
  await collector.got(({ name }) => name === 'after');
  await exporter.close();
  expect(told).toEqual({ exported: 2, dropped: { refused: 1 }, failing: ['HTTP 503', null] });
});

it('ends without a collector, counting what was not sent', async () => {
  const gone = await startCollector(await freePort());
  await gone.close();
  const { told, exporter, tracer } = exporterTo(gone.address);
  tracer.start('lost').end();
  await exporter.close();
  tracer.start('late').end();
  expect(told).toMatchObject({ exported: 0, dropped: { unsent: 2 } });
});
