/** What the council of a scenario does and when, as plain data drawn from the seed. */
import type { Vote } from '../projections/network-book.ts';
import type { Chance } from './chance.ts';

export interface PlannedProposal {
  readonly name: string;
  /** Virtual time from the start of the run. */
  readonly atMs: number;
  readonly change: 'promotion' | 'council' | 'rollback';
  /** In the order of seats; null: it does not vote. */
  readonly votes: readonly { readonly vote: Vote | null; readonly afterMs: number }[];
}

/** Council and proposals of a scenario; the first seat makes all of these. */
export interface PlannedNetwork {
  readonly epochMs: number;
  readonly weights: readonly number[];
  readonly proposals: readonly PlannedProposal[];
}

export const seatName = (at: number): string => `seat-${at + 1}`;

export function drawNetwork(chance: Chance, horizonMs: number): PlannedNetwork {
  const epochMs = chance.between(3, 12) * 1000;
  const weights = Array.from({ length: chance.between(1, 4) }, () => chance.between(1, 3));
  const votes = (): PlannedProposal['votes'] =>
    weights.map(() => ({
      vote: chance.ppm(650_000) ? 'yes' : chance.pick(['no', 'abstain', null] as const),
      // Some come too late.
      afterMs: chance.below(2 * epochMs),
    }));
  const proposals = Array.from({ length: chance.between(1, 4) }, (_, at) => ({
    name: `proposal-${at + 1}`,
    atMs: chance.below(Math.max(1, Math.floor(horizonMs / 2))),
    change: chance.pick(['promotion', 'council', 'rollback'] as const),
    votes: votes(),
  }));
  return { epochMs, weights, proposals };
}
