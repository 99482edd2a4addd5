/**
 * The part of Yuma that has a memory: weights in Q32, and the bonds of validators with contributors.
 * Formulas as in opentensor/subtensor, docs/consensus.md, with a bonds penalty of 1:
 *
 *   W_ij <- w_ij / sum_j w_ij          floor to Q32
 *   dB_ij = S_i W'_ij / sum_k S_k W'_kj   floor to Q32; W' is W clipped to the consensus
 *   B <- alpha dB + (1 - alpha) B      floor to Q32
 *
 * A contributor that a window did not score keeps its bonds: nothing was observed of it.
 */

/** One, in Q32. Shares of it are exact in a double. */
export const ONE = 2 ** 32;
const PPM = 1_000_000n;

/** Shares in Q32, by contributor. */
export type Row = ReadonlyMap<string, number>;
/** By validator, by contributor; entries of nothing are left out. */
export type Bonds = Record<string, Record<string, number>>;

/** Shape: weights of one validator -> its row. Weights that are not positive count as nothing. */
export function rowOf(weights: ReadonlyMap<string, bigint>): Map<string, number> {
  const positive = [...weights].filter(([, weight]) => weight > 0n);
  const total = positive.reduce((sum, [, weight]) => sum + weight, 0n);
  return new Map(positive.map(([id, weight]) => [id, Number((weight * BigInt(ONE)) / total)]));
}

/** No weight above what the consensus gives the contributor. */
export function clipped(row: Row, consensus: Row): Map<string, number> {
  const out = new Map<string, number>();
  for (const [id, weight] of row) {
    const least = Math.min(weight, consensus.get(id) ?? 0);
    if (least > 0) out.set(id, least);
  }
  return out;
}

export interface Bonding {
  readonly id: string;
  readonly stake: bigint;
  /** Clipped. */
  readonly row: Row;
}

/** Stake times clipped weight, summed over validators: the rank of each contributor, unscaled. */
export function ranksOf(validators: readonly Bonding[]): Map<string, bigint> {
  const ranks = new Map<string, bigint>();
  for (const { stake, row } of validators)
    for (const [id, weight] of row) ranks.set(id, (ranks.get(id) ?? 0n) + stake * BigInt(weight));
  return ranks;
}

/**
 * Bonds after a window, in place.
 * @param scored contributors of the window
 */
export function bond(
  bonds: Bonds,
  validators: readonly Bonding[],
  scored: Iterable<string>,
  alphaPpm: number,
): void {
  const ranks = ranksOf(validators);
  const columns = [...new Set(scored)];
  const alpha = BigInt(alphaPpm);
  const own = new Map(validators.map((validator) => [validator.id, validator]));
  for (const validator of new Set([...Object.keys(bonds), ...own.keys()])) {
    const { stake = 0n, row } = own.get(validator) ?? {};
    const held = (bonds[validator] ??= Object.create(null) as Record<string, number>);
    for (const id of columns) {
      const weight = row?.get(id) ?? 0;
      const before = held[id] ?? 0;
      if (weight === 0 && before === 0) continue;
      const rank = ranks.get(id) ?? 0n;
      const instant = weight === 0 ? 0n : (stake * BigInt(weight) * BigInt(ONE)) / rank;
      const after = Number((alpha * instant + (PPM - alpha) * BigInt(before)) / PPM);
      if (after > 0) held[id] = after;
      else delete held[id];
    }
    if (Object.keys(held).length === 0) delete bonds[validator];
  }
}
