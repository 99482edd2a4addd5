/** A longer slice of the campaign than in fuzz.test.ts, which begins as this one does. */
import { describe, expect, it } from 'vitest';
import { allTargets } from './all-targets.ts';
import { findingsAmong } from './campaign.ts';

const SEED = 1;
const INPUTS = 1000;

describe('every decoder keeps its promises', () => {
  it.each(allTargets.map((target) => [target.name, target] as const))('%s', (_name, target) => {
    expect(findingsAmong(target, SEED, INPUTS)).toEqual([]);
  });
});
