/**
 * Skill across windows: OpenSkill's Plackett-Luce model, after Weng and Lin, "A Bayesian Approximation
 * Method for Online Ranking" (JMLR 12, 2011), algorithm 4, with teams of one and ties. Constants as
 * Templar uses them (the published default has beta 25/6 and tau 25/300): a window's outcome says less
 * about skill than a game's.
 *
 *   c^2 = sum of (sigma^2 + beta^2)     q(g) = sum of exp(mu/c) over everybody not above group g
 *   Omega(i) = 1/|own group| - sum over groups g not below i of exp(mu(i)/c) / q(g)
 *   Delta(i) = sum over the same groups of p (1 - p), p = exp(mu(i)/c) / q(g)
 *   mu += sigma^2/c Omega      sigma^2 *= max(1 - sigma^2/c^2 sigma/c Delta, kappa)
 *
 * Groups of equals enter as one sum, so this takes O(n log n) where the published code takes O(n^2).
 * In Q32.32, so that every machine gets the same millionths.
 */
import assert from 'node:assert';
import { div, expOfNegative, fromMicro, mul, ONE, sqrt, toMicro } from './fixed-point.ts';

/** Both in millionths of a point; sigma is positive. */
export interface Rating {
  readonly muMicro: number;
  readonly sigmaMicro: number;
}

export const FIRST_RATING: Rating = { muMicro: 25_000_000, sigmaMicro: 8_333_333 };

const BETA_SQUARED = 49n * ONE;
/** tau = 0.1: added before every update, so that sigma never says that all is known. */
const TAU_SQUARED = ONE / 100n;
/** Least factor of sigma^2 in one update. */
const KAPPA = ONE / 10_000n;

/** A lower bound of skill: three sigmas below mu. Millionths. */
export const ordinalMicro = ({ muMicro, sigmaMicro }: Rating): number => muMicro - 3 * sigmaMicro;

/**
 * Ratings after an outcome, in the order given.
 * @param ranks the lower the better; equal ones are ties
 */
export function rated(ratings: readonly Rating[], ranks: readonly number[]): Rating[] {
  assert(ratings.length === ranks.length, 'a rank each');
  if (ratings.length === 0) return [];
  const mus = ratings.map(({ muMicro }) => fromMicro(muMicro));
  const variances = ratings.map(({ sigmaMicro }) => {
    const sigma = fromMicro(sigmaMicro);
    return mul(sigma, sigma) + TAU_SQUARED;
  });
  const c = sqrt(variances.reduce((sum, variance) => sum + variance + BETA_SQUARED, 0n));
  const most = mus.reduce((a, b) => (b > a ? b : a));
  const strengths = mus.map((mu) => expOfNegative(div(mu - most, c)));
  const groups = groupsOf(strengths, ranks);
  return ratings.map((_, i) => {
    const group = groups.get(ranks[i] as number) as Group;
    const [strength, variance] = [strengths[i] as bigint, variances[i] as bigint];
    const sigma = sqrt(variance);
    const omega = ONE / group.size - mul(strength, group.reciprocals);
    const delta = mul(strength, group.reciprocals) - mul(mul(strength, strength), group.squares);
    const shrink = mul(div(variance, mul(c, c)), mul(div(sigma, c), delta));
    const factor = ONE - shrink < KAPPA ? KAPPA : ONE - shrink;
    return {
      muMicro: toMicro((mus[i] as bigint) + mul(div(variance, c), omega)),
      sigmaMicro: Math.max(1, toMicro(mul(sigma, sqrt(factor)))),
    };
  });
}

interface Group {
  /** Those who share the rank. */
  readonly size: bigint;
  /** Sums of 1/q and of 1/q^2 over this group and all above it. */
  readonly reciprocals: bigint;
  readonly squares: bigint;
}

function groupsOf(strengths: readonly bigint[], ranks: readonly number[]): Map<number, Group> {
  const byRank = new Map<number, { size: bigint; strength: bigint }>();
  ranks.forEach((rank, i) => {
    const { size, strength } = byRank.get(rank) ?? { size: 0n, strength: 0n };
    byRank.set(rank, { size: size + 1n, strength: strength + (strengths[i] as bigint) });
  });
  let notAbove = strengths.reduce((sum, strength) => sum + strength, 0n);
  let [reciprocals, squares] = [0n, 0n];
  const groups = new Map<number, Group>();
  for (const [rank, { size, strength }] of [...byRank].sort(([a], [b]) => a - b)) {
    // Who is hopelessly far below has a strength of nothing: the least one stands for it.
    const one = div(ONE, notAbove > 0n ? notAbove : 1n);
    reciprocals += one;
    squares += mul(one, one);
    groups.set(rank, { size, reciprocals, squares });
    notAbove -= strength;
  }
  return groups;
}
