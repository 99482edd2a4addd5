/**
 * Yuma consensus in fixed point: many validators' weights become one, by stake. Formulas as published
 * in opentensor/subtensor, docs/consensus.md, with a bonds penalty of 1; S_i are stakes, W rows in Q32:
 *
 *   C_j  = the largest w that validators with at least kappa of all stake give j at least   exact
 *   W'   = min(W, C)                       what minorities give beyond it is cut off        exact
 *   R_j  = sum_i S_i W'_ij, P_j = sum_i S_i W_ij                                            exact
 *   I_j  = R_j / sum R                     largest remainder, ties by id: sums to one
 *   T_j  = R_j / P_j                       floor
 *   Tv_i = sum_j W'_ij                     exact
 *   B    as in projections/bonds.ts        floor
 *   D_i  = sum_j B_ij I_j / sum D          largest remainder, ties by id: sums to one
 *
 * Cost: O(E log V) for E weights above zero of V validators, from sorting each contributor's weights,
 * and a walk over the bonds held.
 */
import type { Bonding, Bonds, Row } from '../../projections/bonds.ts';
import { bond, clipped, ONE, ranksOf, rowOf } from '../../projections/bonds.ts';
import { largestRemainder } from '../shares.ts';

const KAPPA_SCALE = 65_535n;

export interface Voter {
  readonly id: string;
  /** One without stake is not heard. */
  readonly stake: bigint;
  /** By contributor; those that are not positive count as nothing. */
  readonly weights: ReadonlyMap<string, bigint>;
}

export interface YumaTerms {
  /** In 65,535ths of all stake. */
  readonly kappa: number;
  readonly bondAlphaPpm: number;
}

/** All shares in Q32. */
export interface YumaOutcome {
  /** By id, every contributor that was to be scored. */
  readonly contributors: ReadonlyMap<
    string,
    { readonly weight: number; readonly incentive: number; readonly trust: number }
  >;
  readonly validators: ReadonlyMap<
    string,
    { readonly row: Row; readonly clipped: Row; readonly trust: number; readonly dividend: number }
  >;
  readonly bonds: Bonds;
}

/**
 * @param contributors ids of all that were to be scored
 * @param before bonds; they are left as they are
 */
export function yuma(
  voters: readonly Voter[],
  contributors: readonly string[],
  before: Bonds,
  terms: YumaTerms,
): YumaOutcome {
  const heard = voters
    .filter(({ stake }) => stake > 0n)
    .map(({ id, stake, weights }) => ({ id, stake, row: rowOf(weights) }));
  const consensus = consensusOf(heard, terms.kappa);
  const cut = heard.map(({ id, stake, row }) => ({ id, stake, row: clipped(row, consensus) }));
  const ranks = ranksOf(cut);
  const preranks = ranksOf(heard);
  const incentives = shares(ranks);
  const bonds = copyOf(before);
  bond(bonds, cut, contributors, terms.bondAlphaPpm);
  const dividends = shares(new Map(cut.map(({ id }) => [id, owed(bonds[id], incentives)])));
  return {
    contributors: new Map(
      contributors.map((id) => [
        id,
        {
          weight: consensus.get(id) ?? 0,
          incentive: incentives.get(id) ?? 0,
          trust: ratio(ranks.get(id) ?? 0n, preranks.get(id) ?? 0n),
        },
      ]),
    ),
    validators: new Map(
      cut.map(({ id, row: least }, at) => [
        id,
        {
          row: (heard[at] as Bonding).row,
          clipped: least,
          trust: sum(least),
          dividend: dividends.get(id) ?? 0,
        },
      ]),
    ),
    bonds,
  };
}

/** Weights from the largest down, until those who give as much hold kappa of the stake. */
export function consensusOf(voters: readonly Bonding[], kappa: number): Map<string, number> {
  const total = voters.reduce((all, { stake }) => all + stake, 0n);
  const columns = new Map<string, { stake: bigint; weight: number }[]>();
  for (const { stake, row } of voters)
    for (const [id, weight] of row) {
      const column = columns.get(id);
      if (column === undefined) columns.set(id, [{ stake, weight }]);
      else column.push({ stake, weight });
    }
  const consensus = new Map<string, number>();
  for (const [id, column] of columns) {
    column.sort((a, b) => b.weight - a.weight);
    let support = 0n;
    for (const { stake, weight } of column) {
      support += stake;
      if (support * KAPPA_SCALE < BigInt(kappa) * total) continue;
      if (weight > 0) consensus.set(id, weight);
      break;
    }
  }
  return consensus;
}

const shares = (weights: ReadonlyMap<string, bigint>): Map<string, number> =>
  new Map(
    [
      ...largestRemainder(
        BigInt(ONE),
        [...weights].map(([id, weight]) => ({ id, weight })),
      ),
    ].map(([id, share]) => [id, Number(share)]),
  );

const ratio = (part: bigint, whole: bigint): number =>
  whole === 0n ? 0 : Number((part * BigInt(ONE)) / whole);

const sum = (row: Row): number => [...row.values()].reduce((all, weight) => all + weight, 0);

function owed(held: Record<string, number> | undefined, incentives: Row): bigint {
  let all = 0n;
  for (const [id, incentive] of incentives)
    if (held?.[id] !== undefined) all += BigInt(held[id]) * BigInt(incentive);
  return all;
}

function copyOf(bonds: Bonds): Bonds {
  const copy = Object.create(null) as Bonds;
  for (const [validator, held] of Object.entries(bonds))
    copy[validator] = Object.assign(Object.create(null) as Record<string, number>, held);
  return copy;
}

/**
 * How far a row is from the consensus, in basis points, floor: half the sum of differences, with the
 * consensus made to sum to one (total variation). Null where the consensus gives nothing to anybody.
 */
export function distanceBps(row: Row, consensus: Row): number | null {
  const all = BigInt(sum(consensus));
  if (all === 0n) return null;
  // Scaled by `all`, so that nothing is divided before the end.
  let difference = 0n;
  for (const id of new Set([...row.keys(), ...consensus.keys()])) {
    const one = BigInt(row.get(id) ?? 0) * all;
    const other = BigInt(consensus.get(id) ?? 0) * BigInt(ONE);
    difference += one > other ? one - other : other - one;
  }
  return Number((difference * 10_000n) / (2n * all * BigInt(ONE)));
}
