/**
 * The ledger machine in place, for whoever decides much: two private mutable states, one *settled*
 * (what is in the log) and one *ahead* of it by the decisions that are not there yet. Deciding folds
 * into the one ahead, settling folds the same entries into the other; nothing is copied. When
 * entries ahead turn out not to be recorded, the state ahead is thrown away and copied anew from the
 * settled one: O(books), but only after a conflict, a fault, or a tick that overflows its commit.
 * Chosen over an undo journal, which would have to see every write of every recipe: readers between
 * a decision and its append (checkpoints, steps, timers) must be shown the settled books anyway.
 *
 * Invariant: ahead = settled + the entries between; what `handle` gives, this gives.
 */
import assert from 'node:assert';
import type { Either } from 'fp-ts/lib/Either.js';
import type { LedgerEvent } from '../events/catalogue.ts';
import type { StoredCommit } from '../events/commit.ts';
import type { CompactRange, Hash } from '../events/merkle.ts';
import { leafHash } from '../events/merkle.ts';
import type { Books } from '../projections/books.ts';
import { copyBooks } from '../projections/copy-books.ts';
import { foldInto } from '../projections/fold.ts';
import type { Continuation } from './apply-commit.ts';
import { continuationOf } from './apply-commit.ts';
import type { Command } from './command.ts';
import { decideOn } from './decision.ts';
import type { Decided, Ground } from './decision.ts';
import type { MachineState } from './machine.ts';
import { initialState, marksRoot } from './machine.ts';
import type { Refusal } from './refusal.ts';

/** Entries that may wait to be folded into the settled state. */
const WAITING_MAX = 4096;

export class LedgerMachine {
  readonly #settled: MutableState;
  /** Settled and not yet folded: whoever never looks at the settled state need not pay for it. */
  #waiting: Hashed[] = [];
  readonly #settledView: MachineState;
  /** Null until something is decided: whoever only reads the log keeps one state. */
  #ahead: MutableState | null = null;
  #between: Hashed[] = [];
  readonly #ground: Ground;

  /** @param start is copied, never written to. */
  constructor(start: MachineState) {
    this.#settled = new MutableState(start);
    const settled = (): MutableState => this.#caughtUp();
    this.#settledView = {
      get books() {
        return settled().books;
      },
      get tree() {
        return settled().tree;
      },
      get roots() {
        return settled().roots;
      },
    };
    const ahead = (): MachineState => this.#lead();
    this.#ground = {
      get books() {
        return ahead().books;
      },
      rootAfter: (sequence) => ahead().roots.get(sequence),
      add: (event, line) => this.#add({ event, leaf: leafHash(line) }),
      mark: () => {
        const count = this.#between.length;
        return () => this.forget(this.#between.length - count);
      },
    };
  }

  static empty(ledger: string): LedgerMachine {
    return new LedgerMachine(initialState(ledger));
  }

  /** What is in the log. A view: it moves on, and who wants it as it is now copies it. */
  get settled(): MachineState {
    return this.#settledView;
  }

  /** The settled state and everything decided since. A view, too. */
  get ahead(): MachineState {
    return this.#lead();
  }

  /** As `handle`, on the state ahead, which it leaves after the decision. */
  decide(command: Command, nowMs: number): Either<Refusal, Decided> {
    return decideOn(this.#ground, command, nowMs);
  }

  /** The oldest entries ahead are in the log now. */
  settle(count: number): void {
    assert(count <= this.#between.length, 'what is settled was decided');
    this.#waiting.push(...this.#between.splice(0, count));
    if (this.#waiting.length > WAITING_MAX) this.#caughtUp();
  }

  /** The newest entries ahead are not to be recorded. */
  forget(count: number): void {
    assert(count <= this.#between.length, 'what is forgotten was decided');
    const kept = this.#between.slice(0, this.#between.length - count);
    this.#ahead = null;
    this.#between = [];
    for (const entry of kept) this.#add(entry);
  }

  /** Nothing that was decided and not settled is to be recorded. */
  forgetAll(): void {
    this.forget(this.#between.length);
  }

  /**
   * A commit of the log, decided by somebody else. Nothing may be ahead of it.
   * @throws Fault log_corrupt when the commit contradicts itself or the tree.
   */
  follow(commit: StoredCommit): LedgerEvent[] {
    assert(this.#between.length === 0, 'what is ahead was decided without this commit');
    this.#ahead = null;
    const settled = this.#caughtUp();
    const continuation = continuationOf(commit, settled.tree);
    settled.goOn(continuation);
    return continuation.events;
  }

  #add(entry: Hashed): void {
    this.#lead().add(entry);
    this.#between.push(entry);
  }

  #lead(): MutableState {
    this.#ahead ??= new MutableState(this.#caughtUp());
    return this.#ahead;
  }

  #caughtUp(): MutableState {
    if (this.#waiting.length > 0)
      for (const entry of this.#waiting.splice(0)) this.#settled.add(entry);
    return this.#settled;
  }
}

interface Hashed {
  readonly event: LedgerEvent;
  /** Leaf of its line. */
  readonly leaf: Hash;
}

class MutableState implements MachineState {
  readonly books: Books;
  tree: CompactRange;
  readonly roots: Map<number, Uint8Array>;

  constructor({ books, tree, roots }: MachineState) {
    this.books = copyBooks(books);
    this.tree = tree.clone();
    this.roots = new Map(roots);
  }

  add({ event, leaf }: Hashed): void {
    foldInto(this.books, event);
    this.tree.append(leaf);
    if (marksRoot(event)) this.roots.set(event.sequence, this.tree.root());
  }

  goOn({ events, tree, roots }: Continuation): void {
    for (const event of events) foldInto(this.books, event);
    this.tree = tree;
    for (const [sequence, root] of roots) this.roots.set(sequence, root);
  }
}
