/**
 * Inputs by number: input `index` of a target under a seed is always the same, whatever came before.
 * Most are samples with one to four edits, a few are noise, and a few are samples untouched, so that
 * a target that accepts nothing is noticed.
 */
import { editBytes, randomBytes } from './byte-edits.ts';
import { Chance } from './chance.ts';
import type { FuzzTarget } from './target.ts';

const EDITS_MAX = 4;

export function inputAt(target: FuzzTarget, seed: number, index: number): Uint8Array {
  const chance = new Chance(seed, target.name, index);
  if (chance.oneIn(32)) return randomBytes(chance);
  let bytes = chance.of(target.samples);
  if (chance.oneIn(64)) return bytes;
  for (let edits = chance.few(EDITS_MAX); edits > 0; edits--) {
    const own = target.edits.length > 0 && !chance.oneIn(3);
    const edit = own ? chance.of(target.edits) : editBytes;
    bytes = edit(bytes, chance, target.samples);
  }
  return bytes;
}

export interface Finding {
  readonly index: number;
  readonly why: string;
}

export interface Outcome {
  readonly accepted: boolean;
  readonly finding: Finding | null;
}

export function feedInput(target: FuzzTarget, seed: number, index: number): Outcome {
  const input = inputAt(target, seed, index);
  try {
    return { accepted: target.feed(input), finding: null };
  } catch (error) {
    const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { accepted: false, finding: { index, why } };
  }
}

/** What the first `inputs` of a seed find. */
export function findingsAmong(target: FuzzTarget, seed: number, inputs: number): Finding[] {
  const outcomes = Array.from({ length: inputs }, (_, index) => feedInput(target, seed, index));
  return outcomes.flatMap(({ finding }) => (finding === null ? [] : [finding]));
}
