/**
 * The division of a pool shown step by step: quota, floor, remainder, and who got the units that were
 * left. Law: the shares are those of `largestRemainder`, which decided them; a test and an assertion
 * hold the two together.
 */
import assert from 'node:assert';
import type { Weight } from '../../commands/shares.ts';
import { largestRemainder } from '../../commands/shares.ts';

export interface ShareLine {
  readonly id: string;
  readonly weight: bigint;
  /** pool * weight / total, rounded down. */
  readonly floor: bigint;
  /** What the rounding left, in parts of the total weight. */
  readonly remainder: bigint;
  /** Place by remainder, from 1; the first `leftOver` places get one unit more. */
  readonly place: number;
  readonly share: bigint;
}

export interface Division {
  readonly pool: bigint;
  readonly total: bigint;
  /** Units that the floors leave, one each to the largest remainders. */
  readonly leftOver: number;
  /** By place. Those without weight are absent. */
  readonly lines: readonly ShareLine[];
}

export function divide(pool: bigint, weights: readonly Weight[]): Division {
  const shares = largestRemainder(pool, weights);
  const positive = weights.filter(({ weight }) => weight > 0n);
  const total = positive.reduce((sum, { weight }) => sum + weight, 0n);
  const quotas = positive.map(({ id, weight }) => ({
    id,
    weight,
    floor: (pool * weight) / total,
    remainder: (pool * weight) % total,
  }));
  quotas.sort((a, b) =>
    a.remainder === b.remainder ? (a.id < b.id ? -1 : 1) : a.remainder > b.remainder ? -1 : 1,
  );
  const floors = quotas.reduce((sum, { floor }) => sum + floor, 0n);
  const leftOver = total === 0n ? 0 : Number(pool - floors);
  const lines = quotas.map((quota, index) => {
    const share = quota.floor + (index < leftOver ? 1n : 0n);
    assert(share === shares.get(quota.id), 'the arithmetic shown is the one that decided');
    return { ...quota, place: index + 1, share };
  });
  return { pool, total, leftOver, lines };
}
