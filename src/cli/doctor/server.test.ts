import { expect, it } from 'vitest';
import { clockFinding } from './server.ts';

it.each([
  ['ok', 10_000, 9_990, 10_020],
  ['warn', 12_000, 9_990, 10_020],
  // It took three seconds to answer: when in them it looked at its clock nobody knows.
  ['ok', 12_950, 10_000, 13_000],
  ['warn', 15_950, 10_000, 13_000],
])('a server clock is %s at %i, looked at between %i and %i', (status, tsMs, beforeMs, afterMs) => {
  expect(clockFinding(tsMs, beforeMs, afterMs)).toMatchObject({ check: 'server clock', status });
});
