/**
 * A slice of the fuzzing campaign under a fixed seed; a longer one is in fuzz.int.test.ts, and
 * `scripts/fuzz.ts` runs millions under any. A finding is replayed there with `--target <name> --seed 1 --at <index>`.
 */
import { describe, expect, it } from 'vitest';
import { allTargets } from './all-targets.ts';
import { findingsAmong } from './campaign.ts';

const SEED = 1;
const INPUTS = 200;

describe('every decoder keeps its promises', () => {
  it.each(allTargets.map((target) => [target.name, target] as const))('%s', (_name, target) => {
    expect(findingsAmong(target, SEED, INPUTS)).toEqual([]);
  });
});
