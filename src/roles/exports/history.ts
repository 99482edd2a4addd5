/**
 * What every export is made from: the entries of a ledger and the books over all of them, nothing
 * archived. A pure function of the lines, so the same recording gives the same file.
 */
import type { LedgerEvent } from '../../events/catalogue.ts';
import type { Books } from '../../projections/books.ts';
import { Rebuild } from '../rebuild.ts';

export interface History {
  readonly events: readonly LedgerEvent[];
  readonly books: Books;
  /** Base64 of the tree's root over the entries. */
  readonly root: string;
}

export class HistoryReader {
  readonly #rebuild = new Rebuild({ whole: true });
  readonly #events: LedgerEvent[] = [];

  get size(): number {
    return this.#rebuild.size;
  }

  get history(): History {
    return { events: this.#events, books: this.#rebuild.books, root: this.#rebuild.root };
  }

  /**
   * @param lines that follow, without their newlines
   * @throws Fault log_corrupt
   */
  add(lines: Iterable<Uint8Array>): void {
    for (const line of lines) this.#events.push(this.#rebuild.add(line));
  }

  /**
   * @param stated what the log says the root is here, in base64
   * @throws Fault log_corrupt
   */
  checkRoot(stated: string): void {
    this.#rebuild.checkRoot(stated);
  }
}

/** @throws Fault log_corrupt */
export function historyOf(lines: Iterable<Uint8Array>): History {
  const reader = new HistoryReader();
  reader.add(lines);
  return reader.history;
}
