/**
 * Decisions made together, each on the state after the one before it, to be recorded as one commit.
 * Refusals and repeated answers wait with the rest: they too were given on a state that is not in
 * the log yet. Invariant: the group's lines are the next ones ahead of the machine's settled state,
 * and within the limits of a commit.
 */
import assert from 'node:assert';
import { isLeft } from 'fp-ts/lib/Either.js';
import type { LedgerEvent } from '../events/catalogue.ts';
import { packCommit } from '../events/commit-codec.ts';
import type { Commit } from '../events/commit.ts';
import { MAX_COMMIT_BYTES, MAX_ENTRIES_PER_COMMIT } from '../events/commit.ts';
import { digestOf } from '../events/digest.ts';
import type { CommitId, EntrySequence } from '../events/ids.ts';
import type { CompactRange } from '../events/merkle.ts';
import { commandRecord } from '../projections/command-book.ts';
import type { Command } from './command.ts';
import type { Decided } from './decision.ts';
import type { LedgerMachine } from './ledger-machine.ts';
import { Fault } from './ports/fault.ts';
import type { Reply } from './reply.ts';
import { faultReply } from './reply.ts';
import { refuse } from './refusal.ts';

/** A command that waits for its answer. */
export interface Pending {
  readonly command: Command;
  readonly answer: (reply: Reply) => void;
}

/** A decision that found no room: the first of the next group, for it is made and folded. */
export interface Spilled {
  readonly pending: Pending;
  readonly decided: Decided;
}

const NOTHING_DUE: Reply = { status: 'recorded', sequence: -1, count: 0, repeated: false };

const fits = (bytes: number, entries: number): boolean =>
  bytes <= MAX_COMMIT_BYTES && entries <= MAX_ENTRIES_PER_COMMIT;

export class Group {
  readonly events: LedgerEvent[] = [];
  readonly #machine: LedgerMachine;
  readonly #lines: Uint8Array[] = [];
  #bytes = 0;
  /** The tree right after this group, when a decision was made beyond it. */
  #tree: CompactRange | null = null;
  #commit: Commit | null = null;
  readonly #answers: { readonly pending: Pending; readonly reply: Reply }[] = [];

  constructor(machine: LedgerMachine) {
    this.#machine = machine;
  }

  /** Whether there is something to record. */
  get hasEntries(): boolean {
    return this.#lines.length > 0;
  }

  /** Its commands in the order they were decided. */
  get pending(): Pending[] {
    return this.#answers.map(({ pending }) => pending);
  }

  /** Decide a command. What does not fit any more is given back, and the group is full. */
  take(pending: Pending, nowMs: number): Spilled | null {
    const { command } = pending;
    const known = commandRecord(this.#machine.ahead.books, command.id);
    if (known !== undefined) {
      const { sequence, count } = known;
      const isSame = known.sig === command.sig;
      if (isSame) this.#hold(pending, { status: 'recorded', sequence, count, repeated: true });
      else this.#refuse(pending, refuse('command_id_conflict', `recorded at sequence ${sequence}`));
      return null;
    }
    const before = this.#machine.ahead.tree.clone();
    const decided = this.#machine.decide(command, nowMs);
    if (isLeft(decided)) {
      this.#refuse(pending, decided.left);
      return null;
    }
    const { lines, bytes } = decided.right;
    if (lines.length === 0) {
      this.#hold(pending, NOTHING_DUE);
    } else if (!fits(bytes, lines.length)) {
      this.#machine.forget(lines.length);
      this.#hold(pending, faultReply(tooLarge(bytes)));
    } else if (fits(this.#bytes + bytes, this.#lines.length + lines.length)) {
      this.place({ pending, decided: decided.right });
    } else {
      this.#tree = before;
      return { pending, decided: decided.right };
    }
    return null;
  }

  /** Make a decision part of the group. */
  place({ pending, decided }: Spilled): void {
    const { events, lines, bytes } = decided;
    const first = events[0];
    assert(first !== undefined, 'a decision with entries');
    const { sequence } = first;
    this.#hold(pending, { status: 'recorded', sequence, count: lines.length, repeated: false });
    this.events.push(...events);
    this.#lines.push(...lines);
    this.#bytes += bytes;
  }

  /** The answers of a later group that records nothing of its own wait for this one. */
  absorb(later: Group): void {
    assert(!later.hasEntries, 'entries go into a commit of their own');
    this.#answers.push(...later.#answers);
  }

  /** First asked for before anything is decided beyond the group; it stays the same one. */
  commit(): Commit {
    this.#commit ??= this.#pack();
    return this.#commit;
  }

  /** The id is the payload's digest: retries are recognised. */
  #pack(): Commit {
    const first = this.events[0]?.sequence as EntrySequence;
    const root = (this.#tree ?? this.#machine.ahead.tree).root();
    const digest = digestOf(Buffer.concat([root, ...this.#lines]));
    const id = `${first}-${digest.slice(7, 39)}` as CommitId;
    const commit = packCommit(id, first, this.#lines, root);
    assert(commit.count === this.#lines.length, 'a commit holds its entries');
    return commit;
  }

  /** @param instead the same for all, when the group could not be recorded */
  answerAll(instead?: Reply): void {
    for (const { pending, reply } of this.#answers) pending.answer(instead ?? reply);
  }

  #hold(pending: Pending, reply: Reply): void {
    this.#answers.push({ pending, reply });
  }

  #refuse(pending: Pending, refusal: ReturnType<typeof refuse>): void {
    this.#hold(pending, { status: 'refused', ...refusal });
  }
}

const tooLarge = (bytes: number): Fault =>
  new Fault('commit_too_large', `one decision of ${bytes} bytes`, { retryable: false });
