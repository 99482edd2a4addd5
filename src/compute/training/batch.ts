/** Lays pages of T + 1 tokens into a batch: inputs are tokens 0..T-1, targets tokens 1..T. */
import type { Activations } from '../model/activations.ts';

/** Rows beyond `pages` repeat the last page; callers ignore their losses. */
export function loadBatch(x: Activations, pages: readonly Uint16Array[]): void {
  const { batch, length } = x.heads;
  for (let b = 0; b < batch; b += 1) {
    const page = pages[b < pages.length ? b : pages.length - 1]!;
    x.tokens.set(page.subarray(0, length), b * length);
    x.targets.set(page.subarray(1), b * length);
  }
}
