/**
 * What ranks of a group do together. Every rank calls the same operations in the same order.
 * Invariant: the results depend on the ranks' numbers, never on who came first.
 */
export interface Collective {
  /** From 0. */
  readonly rank: number;
  readonly size: number;
  /** Every rank's floats, in the order of the ranks; each as long as the caller's own. */
  allGather(own: Float32Array): Promise<readonly Float32Array[]>;
}

/** A group of one. */
export const alone: Collective = { rank: 0, size: 1, allGather: async (own) => [own.slice()] };

/** data <- sum over ranks ascending / size, in f64, rounded to f32 once. */
export async function allReduceMean(collective: Collective, data: Float32Array): Promise<void> {
  const parts = await collective.allGather(data);
  for (let i = 0; i < data.length; i += 1) {
    let sum = 0;
    for (const part of parts) sum += part[i]!;
    data[i] = sum / parts.length;
  }
}
