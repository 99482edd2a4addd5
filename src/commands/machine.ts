/**
 * The ledger machine: books, tree and marked roots moving together. `handle` turns a command into
 * entries (or a refusal) without changing anything; `apply` makes entries part of the state. Live
 * authority, standby, simulator and auditor run this same machine; it does no I/O and has no clock.
 */
import assert from 'node:assert';
import { isLeft, right } from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import type { JsonObject } from '../events/canonical-json.ts';
import type { Fact, LedgerEvent } from '../events/catalogue.ts';
import { catalogue, subjectOf } from '../events/catalogue.ts';
import { MAX_COMMIT_BYTES, MAX_ENTRIES_PER_COMMIT } from '../events/commit.ts';
import { encodeEntry, sourceOf, timeOfMs } from '../events/entry.ts';
import type { EntrySequence, LedgerId } from '../events/ids.ts';
import { CompactRange, leafHash } from '../events/merkle.ts';
import type { Books } from '../projections/books.ts';
import { emptyBooks } from '../projections/books.ts';
import { fold } from '../projections/fold.ts';
import type { Command } from './command.ts';
import { permit } from './decide.ts';
import type { Refusal } from './refusal.ts';
import type { Context } from './rules/rule.ts';
import { dueTimer, reactTo } from './rules/react.ts';

export interface MachineState {
  readonly books: Books;
  readonly tree: CompactRange;
  /** Root right after each entry that seeds later draws, by sequence. */
  readonly roots: ReadonlyMap<number, Uint8Array>;
}

/** What a command leads to: events, their lines (no newline), and the state after them. */
export interface Outcome {
  readonly events: readonly LedgerEvent[];
  readonly lines: readonly Uint8Array[];
  readonly state: MachineState;
}

/** More consequences than any real decision has: a rule that never comes to rest is a bug. */
const CONSEQUENCES_MAX = 100_000;

export function initialState(ledger: string): MachineState {
  return { books: emptyBooks(ledger), tree: CompactRange.empty(), roots: new Map() };
}

/** Derive everything that follows from a command. `nowMs` is pushed up to the ledger's clock. */
export function handle(
  state: MachineState,
  command: Command,
  nowMs: number,
): Either<Refusal, Outcome> {
  const permitted = permit(state.books, command);
  if (isLeft(permitted)) return permitted;
  const { fact } = command;
  // A tick is signed with the time it says: it takes effect at that time and no other.
  const saidMs = fact.type === 'daybook.clock.ticked.v1' ? fact.data.nowMs : nowMs;
  const draft = new Draft(state, command, Math.max(saidMs, state.books.ledger.clockMs));
  draft.settle(permitted.right);
  if (command.fact.type === 'daybook.clock.ticked.v1') draft.fireTimers();
  return right(draft.outcome());
}

/** Fold one entry that is already recorded. */
export function apply(state: MachineState, event: LedgerEvent, line: Uint8Array): MachineState {
  const tree = state.tree.clone();
  tree.append(leafHash(line));
  return {
    books: fold(state.books, [event]),
    tree,
    roots: withMark(state.roots, event, tree),
  };
}

function withMark(
  roots: ReadonlyMap<number, Uint8Array>,
  event: LedgerEvent,
  tree: CompactRange,
): ReadonlyMap<number, Uint8Array> {
  if (catalogue.get(event.type)?.marksRoot !== true) return roots;
  return new Map(roots).set(event.sequence, tree.root());
}

class Draft {
  #state: MachineState;
  readonly #command: Command;
  readonly #context: Context;
  readonly #events: LedgerEvent[] = [];
  readonly #lines: Uint8Array[] = [];
  /** Of the lines, each with its newline. */
  #bytes = 0;

  constructor(state: MachineState, command: Command, nowMs: number) {
    this.#state = state;
    this.#command = command;
    this.#context = {
      nowMs,
      rootAfter: (sequence) => {
        const root = this.#state.roots.get(sequence);
        assert(root !== undefined, `entry ${sequence} marks a root`);
        return root;
      },
    };
  }

  /** Record a fact and, breadth first, everything that follows from it. */
  settle(first: Fact): void {
    const queue: Fact[] = [first];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const event = this.#record(next);
      queue.push(...reactTo(this.#state.books, event, this.#context));
    }
  }

  /** Until nothing is due any more, or the next one has no room in this commit: it is left to the next tick. */
  fireTimers(): void {
    const { nowMs } = this.#context;
    for (
      let timer = dueTimer(this.#state.books, nowMs);
      timer !== null;
      timer = dueTimer(this.#state.books, nowMs)
    ) {
      const before = { state: this.#state, entries: this.#lines.length, bytes: this.#bytes };
      const facts = timer.fire(this.#context);
      assert(facts.length > 0, 'a timer that is due has something to say');
      for (const fact of facts) this.settle(fact);
      if (before.entries === 1 || this.#fits()) continue;
      this.#state = before.state;
      this.#events.length = before.entries;
      this.#lines.length = before.entries;
      this.#bytes = before.bytes;
      return;
    }
  }

  #fits(): boolean {
    return this.#bytes <= MAX_COMMIT_BYTES && this.#lines.length <= MAX_ENTRIES_PER_COMMIT;
  }

  outcome(): Outcome {
    return { events: this.#events, lines: this.#lines, state: this.#state };
  }

  #record(fact: Fact): LedgerEvent {
    const declaration = catalogue.get(fact.type);
    assert(declaration?.data.is(fact.data), `a ${fact.type} that can be read again`);
    const event = this.#place(fact);
    const line = encodeEntry({ ...event, data: event.data as unknown as JsonObject });
    this.#events.push(event);
    this.#lines.push(line);
    this.#bytes += line.byteLength + 1;
    this.#state = apply(this.#state, event, line);
    return event;
  }

  #place(fact: Fact): LedgerEvent {
    const index = this.#events.length;
    assert(index < CONSEQUENCES_MAX, 'a decision comes to rest');
    const { id, ledger, actor, sig } = this.#command;
    const authority = this.#state.books.ledger.authority;
    return {
      id: `${id}.${index}`,
      source: sourceOf(ledger as LedgerId),
      type: fact.type,
      subject: subjectOf(fact),
      time: timeOfMs(this.#context.nowMs),
      sequence: this.#state.books.ledger.size as EntrySequence,
      actor: index === 0 ? actor : authority,
      commandid: id,
      // What caused it: the command's own fact.
      ...(index === 0 ? { sig } : { causationid: `${id}.0` }),
      data: fact.data,
    } as unknown as LedgerEvent;
  }
}
