/**
 * A private copy of books, to be written into by whoever has it. Invariant: it is equal to what it
 * was made from, in the order of its names too (rules walk books in that order), and shares no
 * object with it.
 */
import type { Books } from './books.ts';
import { byName } from './books.ts';

export const copyBooks = (books: Books): Books => copyOf(books) as Books;

function copyOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf);
  // A table keyed by names that parties chose inherits none (see byName).
  const copy: Record<string, unknown> =
    Object.getPrototypeOf(value) === null ? Object.assign(byName(), value) : { ...value };
  for (const name in copy) {
    const inner = copy[name];
    if (typeof inner === 'object' && inner !== null) copy[name] = copyOf(inner);
  }
  return copy;
}
