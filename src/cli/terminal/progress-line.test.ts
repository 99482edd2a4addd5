/** What is told of progress, and when. */
import { expect, it } from 'vitest';
import { ProgressLine } from './progress-line.ts';

it('says nothing of what takes less than two seconds', () => {
  const line = new ProgressLine();
  for (const nowMs of [0, 500, 1999]) expect(line.at('entries', 10, 100, nowMs)).toBeNull();
});

it('then says how far, how fast and how long still', () => {
  const line = new ProgressLine();
  line.at('entries', 0, 1000, 0);
  expect(line.at('entries', 100, 1000, 2000)).toBe('entries 100/1000, 50/s, 18 s left');
  expect(line.at('entries', 1000, 1000, 20_000)).toBe('entries 1000/1000, 50/s, 0 s left');
});

it('counts each thing from its own beginning, slow ones with a decimal', () => {
  const line = new ProgressLine();
  line.at('entries', 0, 10, 0);
  line.at('windows', 0, 4, 5000);
  expect(line.at('windows', 1, 4, 7000)).toBe('windows 1/4, 0.5/s, 6 s left');
});

it('is not told more often than an eye follows, nor a rate of nothing', () => {
  const line = new ProgressLine();
  line.at('entries', 0, 10, 0);
  expect(line.at('entries', 0, 10, 3000)).toBe('entries 0/10');
  expect(line.at('entries', 5, 10, 3199)).toBeNull();
  expect(line.at('entries', 5, 10, 3200)).not.toBeNull();
});

it('says no time left where nobody knows the end, and long times in two units', () => {
  const line = new ProgressLine();
  line.at('artifacts', 0, null, 0);
  expect(line.at('artifacts', 8, null, 4000)).toBe('artifacts 8, 2.0/s');
  line.at('entries', 0, 1000, 0);
  expect(line.at('entries', 10, 1000, 10_000)).toBe('entries 10/1000, 1.0/s, 16 min 30 s left');
  expect(line.at('entries', 1, 1000, 20_000)).toBe('entries 1/1000, 0.1/s, 5 h 33 min left');
});
