/**
 * The ledger machine as a pure function: books, tree and marked roots moving together, as values.
 * `handle` turns a command into entries (or a refusal) and the state after them; whoever keeps an
 * earlier state keeps it unchanged. Authority and auditor run the same decisions in place
 * (ledger-machine.ts); a property test holds the two together.
 */
import type { LogPosition } from '../events/ids.ts';
import { isLeft, right } from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import type { LedgerEvent } from '../events/catalogue.ts';
import { catalogue } from '../events/catalogue.ts';
import { CompactRange, leafHash } from '../events/merkle.ts';
import type { Books } from '../projections/books.ts';
import { emptyBooks } from '../projections/books.ts';
import { fold } from '../projections/fold.ts';
import type { Command } from './command.ts';
import { decideOn } from './decision.ts';
import type { Decided, Ground } from './decision.ts';
import type { Refusal } from './refusal.ts';

export interface MachineState {
  readonly books: Books;
  readonly tree: CompactRange;
  /** Root right after each entry that seeds later draws, by sequence. */
  readonly roots: ReadonlyMap<number, Uint8Array>;
}

/** A state and the position that it is the fold of the log up to. */
export interface LogFold {
  readonly state: MachineState;
  readonly position: LogPosition;
}

export interface Outcome extends Decided {
  readonly state: MachineState;
}

export function initialState(ledger: string): MachineState {
  return { books: emptyBooks(ledger), tree: CompactRange.empty(), roots: new Map() };
}

/** Derive everything that follows from a command. `nowMs` is pushed up to the ledger's clock. */
export function handle(
  state: MachineState,
  command: Command,
  nowMs: number,
): Either<Refusal, Outcome> {
  const ground = new Values(state);
  const decided = decideOn(ground, command, nowMs);
  if (isLeft(decided)) return decided;
  const { events, lines, bytes } = decided.right;
  return right({ events, lines, bytes, state: ground.state });
}

/** Marked roots with those of further entries. */
export const withRoots = (
  roots: MachineState['roots'],
  further: readonly (readonly [number, Uint8Array])[],
): MachineState['roots'] => (further.length === 0 ? roots : new Map([...roots, ...further]));

export const marksRoot = (event: LedgerEvent): boolean =>
  catalogue.get(event.type)?.marksRoot === true;

/** A ground of values: going back is remembering the value before. */
class Values implements Ground {
  state: MachineState;

  constructor(state: MachineState) {
    this.state = state;
  }

  get books(): Books {
    return this.state.books;
  }

  rootAfter(sequence: number): Uint8Array | undefined {
    return this.state.roots.get(sequence);
  }

  add(event: LedgerEvent, line: Uint8Array): void {
    const { books, roots } = this.state;
    const tree = this.state.tree.clone();
    tree.append(leafHash(line));
    const marked = marksRoot(event) ? [[event.sequence, tree.root()] as const] : [];
    this.state = { books: fold(books, [event]), tree, roots: withRoots(roots, marked) };
  }

  mark(): () => void {
    const before = this.state;
    return () => {
      this.state = before;
    };
  }
}
