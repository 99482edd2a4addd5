/**
 * The live document: what every reader is sent, as JSON items, each with the ledger size at which it last changed.
 * Whoever has seen the document as of size n needs only the items changed after n; that is what an
 * SSE client gets, whether it was connected all the time or comes back with a Last-Event-ID.
 * Invariant: `changesSince(n)` laid over the document at n gives the document now.
 */

interface Kept {
  readonly json: string;
  readonly changedAt: number;
}

export class LiveDocument {
  readonly #items = new Map<string, Kept>();
  #size = 0;

  /** Entries behind the document as it stands. */
  get size(): number {
    return this.#size;
  }

  /** @param size entries behind the items */
  publish(size: number, items: ReadonlyMap<string, object>): void {
    this.#size = size;
    for (const [key, item] of items) {
      const json = JSON.stringify(item);
      if (this.#items.get(key)?.json !== json)
        this.#items.set(key, { json, changedAt: this.#size });
    }
  }

  /** JSON object of key -> item; null when nothing changed. `size` -1 asks for everything. */
  changesSince(size: number): string | null {
    const parts: string[] = [];
    for (const [key, { json, changedAt }] of this.#items)
      if (changedAt > size) parts.push(`${JSON.stringify(key)}:${json}`);
    return parts.length === 0 ? null : `{${parts.join(',')}}`;
  }
}
