/** W3C Trace Context as it is read and written; the cases are those of the specification. */
import { expect, it } from 'vitest';
import { contextOf, headersOf } from './trace-context.ts';
import { Tracer } from './tracer.ts';
import type { EndedSpan } from './tracer.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';

it('is read from its headers, and written back as it was', () => {
  const headers = {
    traceparent: `00-${traceId}-${spanId}-01`,
    tracestate: 'rojo=00f067aa0ba902b7',
  };
  const context = contextOf(headers);
  expect(context).toEqual({ traceId, spanId, isSampled: true, state: headers.tracestate });
  expect(context && headersOf(context)).toEqual(headers);
});

it.each([
  ['a later version with more behind it', `cc-${traceId}-${spanId}-01-what`, true],
  ['other flags', `00-${traceId}-${spanId}-03`, true],
  ['not sampled', `00-${traceId}-${spanId}-02`, false],
])('is taken: %s', (_, traceparent, isSampled) => {
  expect(contextOf({ traceparent })).toMatchObject({ traceId, spanId, isSampled });
});

it.each([
  '',
  `00-${traceId}-${spanId}`,
  `00-${traceId}-${spanId}-01-more`,
  `00-${traceId}-${spanId}-1`,
  `ff-${traceId}-${spanId}-01`,
  `00-${traceId.toUpperCase()}-${spanId}-01`,
  `00-${'0'.repeat(32)}-${spanId}-01`,
  `00-${traceId}-${'0'.repeat(16)}-01`,
  `cc-${traceId}-${spanId}-01-${'x'.repeat(600)}`,
])('is none: %s', (traceparent) => {
  expect(contextOf({ traceparent })).toBeNull();
});

it('leaves out a state that is too long or would break a header', () => {
  const traceparent = `00-${traceId}-${spanId}-01`;
  for (const tracestate of ['', `a=${'x'.repeat(600)}`, 'a=1\r\nb: 2'])
    expect(contextOf({ traceparent, tracestate })?.state).toBeNull();
});

it('is handed on to every span below it; a trace that is not sampled has none', async () => {
  const ended: EndedSpan[] = [];
  const tracer = new Tracer((span) => ended.push(span));
  for (const flags of ['01', '00']) {
    const parent = contextOf({
      traceparent: `00-${traceId}-${spanId}-${flags}`,
      tracestate: 'a=b',
    });
    const outer = tracer.start('outer', { parent });
    await tracer.around(outer, async () => {
      await Promise.resolve();
      const inner = tracer.start('inner');
      expect(headersOf(inner.context).traceparent).toMatch(
        new RegExp(`^00-${traceId}-[0-9a-f]{16}-${flags}$`),
      );
      inner.end();
    });
  }
  expect(tracer.active).toBeNull();
  expect(ended.map(({ name, parentId }) => [name, parentId])).toEqual([
    ['inner', ended[1]?.context.spanId],
    ['outer', spanId],
  ]);
  expect(ended.every(({ context }) => context.state === 'a=b')).toBe(true);
});

it('samples the part of its own traces that it is told to', () => {
  const sampled = (ratio: number): number => {
    const tracer = new Tracer(() => {}, ratio);
    const roots = Array.from({ length: 1000 }, () => tracer.start('root').context);
    return roots.filter(({ isSampled }) => isSampled).length;
  };
  expect(sampled(0)).toBe(0);
  expect(sampled(1)).toBe(1000);
  // One in 10^13 runs is beyond it.
  expect(Math.abs(sampled(0.25) - 250)).toBeLessThan(110);
});

it('fails with what it is around, and says why', async () => {
  const ended: EndedSpan[] = [];
  const tracer = new Tracer((span) => ended.push(span));
  const work = tracer.around(tracer.start('work'), () => Promise.reject(new Error('no disk')));
  await expect(work).rejects.toThrow('no disk');
  expect(ended).toMatchObject([{ name: 'work', failure: 'no disk', parentId: null }]);
});
