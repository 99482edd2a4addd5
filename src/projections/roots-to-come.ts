/**
 * Which marked roots a ledger can still draw from: those of the entries that its books name as the
 * seed of the next window, of an audit draw, of a panel of referees or of one that hears an appeal. The others seeded draws that are made and recorded.
 */
import type { Books } from './books.ts';

export function rootsToCome(
  books: Books,
  roots: ReadonlyMap<number, Uint8Array>,
): ReadonlyMap<number, Uint8Array> {
  const kept = new Map<number, Uint8Array>();
  const keep = (sequence: number | null): void => {
    const root = sequence === null ? undefined : roots.get(sequence);
    if (sequence !== null && root !== undefined) kept.set(sequence, root);
  };
  for (const { seedFrom } of Object.values(books.runs)) keep(seedFrom);
  for (const { state, sealedSequence } of Object.values(books.windows))
    if (state === 'sealed') keep(sealedSequence);
  for (const { referred } of Object.values(books.disputes ?? {}))
    keep(referred === null ? null : referred.sequence);
  for (const { sequence } of Object.values(books.appeals ?? {})) keep(sequence);
  return kept;
}
