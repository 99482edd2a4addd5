/**
 * Division of a pool by weights in integers: floor shares, then one unit each to the largest
 * remainders, ties to the smaller id (Hamilton's method). Law: shares sum to the pool exactly,
 * unless no weight is positive; then nothing is shared and the whole pool remains.
 */
export interface Weight {
  readonly id: string;
  readonly weight: bigint;
}

export function largestRemainder(pool: bigint, weights: readonly Weight[]): Map<string, bigint> {
  const positive = weights.filter(({ weight }) => weight > 0n);
  const total = positive.reduce((sum, { weight }) => sum + weight, 0n);
  const shares = new Map<string, bigint>();
  if (total === 0n) return shares;
  const quotas = positive.map(({ id, weight }) => ({
    id,
    floor: (pool * weight) / total,
    rest: (pool * weight) % total,
  }));
  let left = pool - quotas.reduce((sum, quota) => sum + quota.floor, 0n);
  quotas.sort((a, b) => (a.rest === b.rest ? (a.id < b.id ? -1 : 1) : a.rest > b.rest ? -1 : 1));
  for (const { id, floor } of quotas) {
    const extra = left > 0n ? 1n : 0n;
    left -= extra;
    shares.set(id, floor + extra);
  }
  return shares;
}
