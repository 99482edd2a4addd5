/** The benchmark: its result is the same bits, whoever runs it with exact kernels. */
import { expect, it } from 'vitest';
import { systemClock } from '../adapters/system-clock.ts';
import { runBenchmark, speedOf } from './benchmark.ts';
import { ThreadLane } from './thread-lane.ts';

it('gives one result on one thread and on two, and a speed that its own figures bear out', async () => {
  const found = [];
  for (const threads of [1, 2]) {
    const lane = await ThreadLane.open('exact', threads);
    found.push(await runBenchmark(lane, systemClock));
    await lane.close();
  }
  const [one, two] = found as [(typeof found)[0], (typeof found)[0]];
  expect(one.result).toBe(two.result);
  expect(one.specification).toBe(two.specification);
  // Published: other bits would be another benchmark.
  expect(one.result.slice(0, 23)).toBe('sha256:27a3f0f0e9354814');
  expect(one.tokens).toBe(1024);
  expect(speedOf({ ...one, elapsedMs: 3 })).toBe(341_333);
});
