/**
 * A decision: a permitted command's own fact and, breadth first, everything that follows from it,
 * each placed as an entry and folded before the next is derived. It stands on a ground that holds
 * the books: an immutable state (machine.ts) or one changed in place (ledger-machine.ts); the
 * entries come out the same. Invariant: a refused command, or a tick with nothing due, adds nothing.
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
import type { Books } from '../projections/books.ts';
import type { Command } from './command.ts';
import { permit } from './decide.ts';
import type { Refusal } from './refusal.ts';
import { livenessCandidates } from './rules/windows/liveness.ts';
import type { Context, Timer } from './rules/rule.ts';
import { dueTimer, reactTo } from './rules/react.ts';

/** What a decision is made on: books that it reads and adds entries to, with a way back. */
export interface Ground {
  readonly books: Books;
  /** Root right after an entry whose declaration has `marksRoot`; undefined for any other. */
  rootAfter(sequence: number): Uint8Array | undefined;
  add(event: LedgerEvent, line: Uint8Array): void;
  /** The answer takes back whatever was added since; at most once, and not after an earlier one. */
  mark(): () => void;
}

/** What a command leads to: events and their lines (no newline). Both empty: nothing is due. */
export interface Decided {
  readonly events: readonly LedgerEvent[];
  readonly lines: readonly Uint8Array[];
  /** Of the lines, each with its newline. */
  readonly bytes: number;
}

/** More consequences than any real decision has: a rule that never comes to rest is a bug. */
const CONSEQUENCES_MAX = 100_000;

/** `nowMs` is pushed up to the ledger's clock. Adds to the ground what it answers. */
export function decideOn(
  ground: Ground,
  command: Command,
  nowMs: number,
): Either<Refusal, Decided> {
  const { fact } = command;
  const isTick = fact.type === 'daybook.clock.ticked.v1';
  // A tick is signed with the time it says: it takes effect at that time and no other.
  const saidMs = isTick ? fact.data.nowMs : nowMs;
  const atMs = Math.max(saidMs, ground.books.ledger.clockMs);
  const permitted = permit(ground.books, command, atMs);
  if (isLeft(permitted)) return permitted;
  const decision = new Decision(ground, command, atMs);
  if (isTick) return right(decision.tick(permitted.right));
  decision.settle(permitted.right);
  return right(decision);
}

class Decision implements Decided {
  readonly events: LedgerEvent[] = [];
  readonly lines: Uint8Array[] = [];
  bytes = 0;
  readonly #ground: Ground;
  readonly #command: Command;
  readonly #context: Context;
  /** RFC 3339: one text for all its entries. */
  readonly #time: string;

  constructor(ground: Ground, command: Command, nowMs: number) {
    this.#ground = ground;
    this.#command = command;
    this.#time = timeOfMs(nowMs);
    this.#context = {
      nowMs,
      rootAfter: (sequence) => {
        const root = ground.rootAfter(sequence);
        assert(root !== undefined, `entry ${sequence} marks a root`);
        return root;
      },
    };
  }

  /** Record a fact and, breadth first, everything that follows from it. */
  settle(first: Fact): void {
    const queue: Fact[] = [first];
    for (let next = 0; next < queue.length; next += 1) {
      const event = this.#record(queue[next] as Fact);
      queue.push(...reactTo(this.#ground.books, event, this.#context));
    }
  }

  /** A tick and the timers it fires; without any it is not worth an entry. */
  tick(ticked: Fact): this {
    const { nowMs } = this.#context;
    const candidates = livenessCandidates(this.#ground.books, nowMs);
    const due = (): Timer | null => dueTimer(this.#ground.books, nowMs, candidates);
    if (due() === null) return this;
    this.settle(ticked);
    this.#fireTimers(due);
    return this;
  }

  /** Until nothing is due any more, or the next one has no room in this commit: it is left to the next tick. */
  #fireTimers(due: () => Timer | null): void {
    for (let timer = due(); timer !== null; timer = due()) {
      const before = { goBack: this.#ground.mark(), entries: this.lines.length, bytes: this.bytes };
      const facts = timer.fire(this.#context);
      assert(facts.length > 0, 'a timer that is due has something to say');
      for (const fact of facts) this.settle(fact);
      if (before.entries === 1 || this.#fits()) continue;
      before.goBack();
      this.events.length = before.entries;
      this.lines.length = before.entries;
      this.bytes = before.bytes;
      return;
    }
  }

  #fits(): boolean {
    return this.bytes <= MAX_COMMIT_BYTES && this.lines.length <= MAX_ENTRIES_PER_COMMIT;
  }

  #record(fact: Fact): LedgerEvent {
    const declaration = catalogue.get(fact.type);
    assert(declaration?.data.is(fact.data), `a ${fact.type} that can be read again`);
    const event = this.#place(fact);
    const line = encodeEntry({ ...event, data: event.data as unknown as JsonObject });
    this.events.push(event);
    this.lines.push(line);
    this.bytes += line.byteLength + 1;
    this.#ground.add(event, line);
    return event;
  }

  #place(fact: Fact): LedgerEvent {
    const index = this.events.length;
    assert(index < CONSEQUENCES_MAX, 'a decision comes to rest');
    const { id, ledger, actor, sig } = this.#command;
    const authority = this.#ground.books.ledger.authority;
    return {
      id: `${id}.${index}`,
      source: sourceOf(ledger as LedgerId),
      type: fact.type,
      subject: subjectOf(fact),
      time: this.#time,
      sequence: this.#ground.books.ledger.size as EntrySequence,
      actor: index === 0 ? actor : authority,
      commandid: id,
      // What caused it: the command's own fact.
      ...(index === 0 ? { sig } : { causationid: `${id}.0` }),
      data: fact.data,
    } as unknown as LedgerEvent;
  }
}
