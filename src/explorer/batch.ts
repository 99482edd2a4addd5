/**
 * Commits on their way into a folding: checked one by one, folded together. Invariant: what was
 * checked is folded before anything else is said of the log, also when the next commit is illegal.
 */
import type { StoredCommit } from '../events/commit.ts';
import type { LedgerId } from '../events/ids.ts';
import type { Checked } from './check-commit.ts';
import { checkCommit } from './check-commit.ts';
import type { Folding } from './folding.ts';

/** Entries folded in one go: enough for speed, few enough not to hold requests up. */
const ENTRIES_MAX = 1000;

export class Batch {
  readonly #folding: Folding;
  readonly #ledger: LedgerId;
  #waiting: Checked[] = [];
  #entries = 0;

  constructor(folding: Folding, ledger: LedgerId) {
    this.#folding = folding;
    this.#ledger = ledger;
  }

  get isFull(): boolean {
    return this.#entries >= ENTRIES_MAX;
  }

  /** @throws Illegal when it does not hold; what came before it is folded then */
  add(commit: StoredCommit): void {
    const before = this.#waiting.at(-1)?.tree ?? this.#folding.tree;
    try {
      const checked = checkCommit(commit, before, this.#ledger);
      this.#waiting.push(checked);
      this.#entries += checked.events.length;
    } catch (error) {
      this.flush();
      throw error;
    }
  }

  /** The same commits, on their way into another folding of the same entries. */
  onto(folding: Folding): Batch {
    const batch = new Batch(folding, this.#ledger);
    batch.#waiting = this.#waiting;
    batch.#entries = this.#entries;
    return batch;
  }

  /** Folds what waits. @throws Illegal at the first commit whose history is not legal */
  flush(): void {
    const batch = this.#waiting;
    this.#waiting = [];
    this.#entries = 0;
    this.#folding.take(batch);
  }
}
