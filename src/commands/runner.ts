/**
 * The decider runner: one writer of one ledger. Commands queue while an append is in flight and go
 * out together in the next one (group commit), so idle latency is one append and throughput grows
 * with load. Nobody is answered before the commit is durable. Another writer is no danger: appends
 * carry the expected position, and the loser refolds and decides again.
 *
 * Invariant: `state` is exactly the fold of the log up to `position`; nothing undecided leaks in.
 */
import assert from 'node:assert';
import { isLeft } from 'fp-ts/lib/Either.js';
import type { LedgerEvent } from '../events/catalogue.ts';
import { packCommit } from '../events/commit-codec.ts';
import type { Commit } from '../events/commit.ts';
import { MAX_COMMIT_BYTES, MAX_ENTRIES_PER_COMMIT } from '../events/commit.ts';
import { digestOf } from '../events/digest.ts';
import type { CommitId, EntrySequence, LogPosition } from '../events/ids.ts';
import { LOG_START } from '../events/ids.ts';
import type { SigningKey } from '../events/nkey.ts';
import { verifyStatement } from '../events/statement.ts';
import { commandRecord } from '../projections/books.ts';
import { applyCommit } from './apply-commit.ts';
import type { Command } from './command.ts';
import { decodeCommand, signCommand, statementOf } from './command.ts';
import type { MachineState } from './machine.ts';
import { handle, initialState } from './machine.ts';
import type { Clock } from './ports/clock.ts';
import type { EventLog } from './ports/event-log.ts';
import { Fault } from './ports/fault.ts';
import type { Reply } from './reply.ts';
import { refuse } from './refusal.ts';
import { nextDueMs } from './rules/react.ts';

/** Waiting commands beyond which new ones are refused as `overloaded`. */
export const QUEUE_MAX = 10_000;
const RETRY_DELAYS_MS = [50, 100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000];

interface Pending {
  readonly command: Command;
  readonly answer: (reply: Reply) => void;
}

export interface RunnerOptions {
  readonly log: EventLog;
  readonly key: SigningKey;
  readonly clock: Clock;
  /** The fold of the log up to a position, when the caller has one; else the log is read from its start. */
  readonly from?: LogFold | null;
}

/** A state and the position that it is the fold of the log up to. */
export interface LogFold {
  readonly state: MachineState;
  readonly position: LogPosition;
}

export class Runner {
  readonly #log: EventLog;
  readonly #key: SigningKey;
  readonly #clock: Clock;
  #state: MachineState;
  #position: LogPosition;
  #queue: Pending[] = [];
  #working: Promise<void> | null = null;
  #failed: unknown = null;
  readonly #listeners: ((events: readonly LedgerEvent[], state: MachineState) => void)[] = [];

  #once = new Set<() => void>();

  private constructor({ log, key, clock, from }: RunnerOptions) {
    this.#log = log;
    this.#key = key;
    this.#clock = clock;
    this.#state = from?.state ?? initialState(log.ledger);
    this.#position = from?.position ?? LOG_START;
  }

  /** Resume from whatever the log holds. */
  static async open(options: RunnerOptions): Promise<Runner> {
    const runner = new Runner(options);
    await runner.#catchUp();
    return runner;
  }

  get state(): MachineState {
    return this.#state;
  }

  get position(): LogPosition {
    return this.#position;
  }

  /** Called after each commit of this runner or another with its events and the state after it. */
  onCommit(listener: (events: readonly LedgerEvent[], state: MachineState) => void): void {
    this.#listeners.push(listener);
  }

  /** Called once, after the next commit; the answer takes it back. */
  onceCommitted(listener: () => void): () => void {
    this.#once.add(listener);
    return () => this.#once.delete(listener);
  }

  /** Bytes of a command in, its durable answer out. Never rejects for anything the bytes contain. */
  async submit(bytes: Uint8Array): Promise<Reply> {
    const decoded = decodeCommand(bytes);
    if (isLeft(decoded)) return { status: 'refused', ...decoded.left };
    const command = decoded.right;
    if (command.ledger !== this.#log.ledger)
      return { status: 'refused', ...refuse('wrong_ledger', `this is ${this.#log.ledger}`) };
    // The first to speak would own an empty ledger; only whoever sequences it may open it.
    if (command.fact.type === 'daybook.ledger.opened.v1' && command.actor !== this.#key.actor)
      return { status: 'refused', ...refuse('not_authorised', 'this authority has another key') };
    if (!verifyStatement(statementOf(command), command.sig))
      return { status: 'refused', ...refuse('bad_signature', `of actor ${command.actor}`) };
    return this.enqueue(command);
  }

  /** For commands whose signature is known to be good: the authority's own. */
  enqueue(command: Command): Promise<Reply> {
    if (this.#failed !== null) return Promise.resolve(faultReply(this.#failed));
    if (this.#queue.length >= QUEUE_MAX)
      return Promise.resolve({
        status: 'refused',
        ...refuse('overloaded', `${this.#queue.length} commands are waiting`),
      });
    return new Promise((answer) => {
      this.#queue.push({ command, answer });
      this.#working ??= this.#work();
    });
  }

  /** Record what time brings, if anything is due. */
  async tick(): Promise<Reply> {
    const nowMs = this.#clock.nowMs();
    const due = nextDueMs(this.#state.books);
    if (due === null || due > nowMs)
      return { status: 'recorded', sequence: -1, count: 0, repeated: false };
    const id = `tick-${this.#state.books.ledger.size}-${nowMs}`;
    const data = { nowMs: Math.max(nowMs, this.#state.books.ledger.clockMs) };
    return this.enqueue(
      signCommand(this.#key, this.#log.ledger, id, { type: 'daybook.clock.ticked.v1', data }),
    );
  }

  /** Resolves when nothing is queued or in flight. */
  async idle(): Promise<void> {
    while (this.#working !== null) await this.#working;
  }

  async #work(): Promise<void> {
    try {
      while (this.#queue.length > 0) await this.#workOff(this.#queue.splice(0, this.#queue.length));
    } finally {
      // In the same step as the look at the queue: a command in between would wait for the next one.
      this.#working = null;
    }
  }

  async #workOff(batch: readonly Pending[]): Promise<void> {
    try {
      await this.#commitBatch(batch);
    } catch (error) {
      // Only a fault is survivable: state is still the fold of the log. Anything else is a bug
      // and must not be decided upon; every caller learns that, and the process should restart.
      if (!(error instanceof Fault)) this.#failed = error;
      for (const { answer } of batch) answer(faultReply(error));
      if (this.#failed !== null) {
        for (const { answer } of this.#queue.splice(0)) answer(faultReply(error));
        throw error;
      }
    }
  }

  /** Decide a batch against the current state, append it, answer. What did not fit is queued again. */
  async #commitBatch(batch: readonly Pending[]): Promise<void> {
    for (;;) {
      const group = new Group(this.#state, this.#clock.nowMs());
      const taken = batch.findIndex((pending) => !group.take(pending));
      if (taken !== -1) this.#queue.unshift(...batch.slice(taken));
      const commit = group.commit();
      if (commit === null || (await this.#append(commit))) {
        if (commit !== null) this.#become(group.state, group.events);
        group.answerAll();
        return;
      }
      if (taken !== -1) this.#queue.splice(0, batch.length - taken);
      await this.#catchUp();
    }
  }

  /** True when stored; false when another writer moved the log first. */
  async #append(commit: Commit): Promise<boolean> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        const result = await this.#log.append(commit, this.#position);
        if (isLeft(result)) return false;
        this.#position = result.right;
        return true;
      } catch (error) {
        const delay = RETRY_DELAYS_MS[attempt];
        if (!(error instanceof Fault) || !error.retryable || delay === undefined) throw error;
        await this.#clock.sleep(delay);
      }
    }
  }

  async #catchUp(): Promise<void> {
    for await (const commit of this.#log.read(this.#position)) {
      const { state, events } = applyCommit(this.#state, commit);
      this.#position = commit.position;
      this.#become(state, events);
    }
  }

  #become(state: MachineState, events: readonly LedgerEvent[]): void {
    this.#state = state;
    for (const listener of this.#listeners) listener(events, state);
    const once = this.#once;
    this.#once = new Set();
    for (const listener of once) listener();
  }
}

/** Decisions made together: each on the state after the one before it. */
class Group {
  state: MachineState;
  readonly events: LedgerEvent[] = [];
  readonly #first: number;
  readonly #nowMs: number;
  readonly #lines: Uint8Array[] = [];
  #bytes = 0;
  readonly #answers: (() => void)[] = [];

  constructor(state: MachineState, nowMs: number) {
    this.state = state;
    this.#first = state.books.ledger.size;
    this.#nowMs = nowMs;
  }

  /** False when the commit is full: decide this one in the next. */
  take({ command, answer }: Pending): boolean {
    const known = commandRecord(this.state.books, command.id);
    if (known !== undefined) {
      const reply: Reply =
        known.sig === command.sig
          ? { status: 'recorded', sequence: known.sequence, count: known.count, repeated: true }
          : {
              status: 'refused',
              ...refuse('command_id_conflict', `recorded at sequence ${known.sequence}`),
            };
      this.#answers.push(() => answer(reply));
      return true;
    }
    const decided = handle(this.state, command, this.#nowMs);
    if (isLeft(decided)) {
      this.#answers.push(() => answer({ status: 'refused', ...decided.left }));
      return true;
    }
    const { events, lines, state } = decided.right;
    const isTick = command.fact.type === 'daybook.clock.ticked.v1';
    if (isTick && events.length === 1) {
      this.#answers.push(() =>
        answer({ status: 'recorded', sequence: -1, count: 0, repeated: false }),
      );
      return true;
    }
    const bytes = lines.reduce((sum, line) => sum + line.byteLength + 1, 0);
    const fits =
      this.#bytes + bytes <= MAX_COMMIT_BYTES &&
      this.#lines.length + lines.length <= MAX_ENTRIES_PER_COMMIT;
    if (!fits && this.#lines.length > 0) return false;
    if (!fits) {
      const fault = new Fault('commit_too_large', `one decision of ${bytes} bytes`, {
        retryable: false,
      });
      this.#answers.push(() => answer(faultReply(fault)));
      return true;
    }
    const sequence = this.state.books.ledger.size;
    this.#answers.push(() =>
      answer({ status: 'recorded', sequence, count: events.length, repeated: false }),
    );
    this.#bytes += bytes;
    this.#lines.push(...lines);
    this.events.push(...events);
    this.state = state;
    return true;
  }

  /** Null when nothing is to be recorded. The id is the payload's digest: retries are recognised. */
  commit(): Commit | null {
    if (this.#lines.length === 0) return null;
    const root = this.state.tree.root();
    const digest = digestOf(Buffer.concat([root, ...this.#lines]));
    const id = `${this.#first}-${digest.slice(7, 39)}` as CommitId;
    const commit = packCommit(id, this.#first as EntrySequence, this.#lines, root);
    assert(commit.count === this.#lines.length, 'a commit holds its entries');
    return commit;
  }

  answerAll(): void {
    for (const answer of this.#answers) answer();
  }
}

const faultReply = (error: unknown): Reply => ({
  status: 'fault',
  code: error instanceof Fault ? error.code : 'log_unavailable',
  message: error instanceof Error ? error.message : String(error),
});
