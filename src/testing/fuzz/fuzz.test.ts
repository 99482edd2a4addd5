/**
 * A slice of the fuzzing campaign under a fixed seed: `scripts/fuzz.ts` runs millions under any. A
 * finding is replayed there with `--target <name> --seed 1 --at <index>`.
 */
import { describe, expect, it } from 'vitest';
import { allTargets } from './all-targets.ts';
import { feedInput } from './campaign.ts';

const SEED = 1;
const INPUTS = 600;

describe('every decoder keeps its promises', () => {
  it.each(allTargets.map((target) => [target.name, target] as const))('%s', (_name, target) => {
    const outcomes = Array.from({ length: INPUTS }, (_, index) => feedInput(target, SEED, index));
    expect(outcomes.map(({ finding }) => finding).filter((finding) => finding !== null)).toEqual(
      [],
    );
  });
});
