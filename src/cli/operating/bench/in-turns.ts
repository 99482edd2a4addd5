/**
 * Rates of two ways to do one thing, taken in turns: what disturbs the machine for longer than a round
 * disturbs both alike, so the median of the rounds' ratios says more than either rate.
 */
export interface Rates {
  /** Median, a second. */
  readonly rate: number;
  /** Median of `work` over `baseline`, round by round. */
  readonly ratio: number;
}

/** @param baseline answers how many it did a second; so does `work` */
export async function inTurns(
  rounds: number,
  baseline: () => Promise<number>,
  work: () => Promise<number>,
): Promise<Rates> {
  const found: Rates[] = [];
  // One round more, for warmth, that does not count.
  for (let round = 0; round <= rounds; round += 1) {
    const base = await baseline();
    const rate = await work();
    if (round > 0) found.push({ rate, ratio: rate / base });
  }
  return {
    rate: median(found.map(({ rate }) => rate)),
    ratio: median(found.map(({ ratio }) => ratio)),
  };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] as number;

/** How many a second, of so many that `act` does. */
export async function rateOf(count: number, act: () => unknown): Promise<number> {
  const start = performance.now();
  await act();
  return (count * 1000) / (performance.now() - start);
}
