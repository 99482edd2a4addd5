/**
 * Division of a pool by weights in integers: floor shares, then one unit each to the largest
 * remainders, ties to the smaller id (Hamilton's method). Law: shares sum to the pool exactly,
 * unless no weight is positive; then nothing is shared and the whole pool remains. A division is four
 * values from which each share follows alone, so that thousands can be worked out one after another.
 */
export interface Weight {
  readonly id: string;
  readonly weight: bigint;
}

export interface Division {
  readonly pool: bigint;
  /** Sum of the positive weights. */
  readonly weights: bigint;
  /** The last that gets one unit more; null: nobody does. */
  readonly cut: { readonly rest: bigint; readonly id: string } | null;
}

/** O(n log n) for n weights. */
export function divisionOf(pool: bigint, weights: readonly Weight[]): Division {
  const positive = weights.filter(({ weight }) => weight > 0n);
  const total = positive.reduce((sum, { weight }) => sum + weight, 0n);
  if (total === 0n) return { pool, weights: 0n, cut: null };
  let left = pool;
  const rests = positive.map(({ id, weight }) => {
    left -= (pool * weight) / total;
    return { id, rest: (pool * weight) % total };
  });
  rests.sort((a, b) => (a.rest === b.rest ? (a.id < b.id ? -1 : 1) : a.rest > b.rest ? -1 : 1));
  // There are fewer left than weights: each floor takes less than one from the pool.
  return { pool, weights: total, cut: left === 0n ? null : (rests[Number(left) - 1] ?? null) };
}

/** Of one of the weights that were divided by. */
export function shareOf({ pool, weights, cut }: Division, { id, weight }: Weight): bigint {
  if (weight <= 0n || weights === 0n) return 0n;
  const floor = (pool * weight) / weights;
  const rest = (pool * weight) % weights;
  const more = cut !== null && (rest > cut.rest || (rest === cut.rest && id <= cut.id));
  return more ? floor + 1n : floor;
}

export function largestRemainder(pool: bigint, weights: readonly Weight[]): Map<string, bigint> {
  const division = divisionOf(pool, weights);
  const positive = weights.filter(({ weight }) => weight > 0n);
  return new Map(positive.map((one) => [one.id, shareOf(division, one)]));
}
