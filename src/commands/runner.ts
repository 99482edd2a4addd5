/**
 * The decider runner: one writer of one ledger. Commands that come together, or while no more
 * appends may be in flight, go out as one commit (group commit), so idle latency is one append and
 * throughput grows with load. With several groups in flight each is decided on the one before it and
 * appended behind it. Nobody is answered before the commit is durable. When a group is not recorded,
 * all after it are decided again. Another writer is no danger: the loser reads and decides again.
 *
 * Invariant: `state` is exactly the fold of the log up to `position`; nothing undecided leaks in.
 */
import assert from 'node:assert';
import { isLeft, left, right } from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import type { LedgerEvent } from '../events/catalogue.ts';
import { tagged } from '../events/command-tag.ts';
import type { StoredCommit } from '../events/commit.ts';
import type { CommitId, LogPosition } from '../events/ids.ts';
import { LOG_START } from '../events/ids.ts';
import type { SigningKey } from '../events/nkey.ts';
import { isOpening } from '../events/upcast.ts';
import { type VerifyStatement, verifyStatement } from '../events/statement.ts';
import type { Command } from './command.ts';
import { decodeCommand, signCommand, statementOf } from './command.ts';
import type { Flight, Outcome } from './flight.ts';
import { isLanded, isStale } from './flight.ts';
import type { Pending, Spilled } from './group.ts';
import { Group } from './group.ts';
import { LedgerMachine } from './ledger-machine.ts';
import type { MachineState } from './machine.ts';
import { initialState } from './machine.ts';
import type { Clock } from './ports/clock.ts';
import type { AppendConflict, EventLog } from './ports/event-log.ts';
import { Fault } from './ports/fault.ts';
import type { Reply } from './reply.ts';
import { faultReply } from './reply.ts';
import { refuse } from './refusal.ts';
import { NextDue } from './rules/next-due.ts';
import type { RunnerOptions } from './runner-options.ts';

/** Commands without an answer beyond which new ones are refused as `overloaded`. */
export const QUEUE_MAX = 10_000;
const RETRY_DELAYS_MS = [50, 100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000];

export class Runner {
  readonly #log: EventLog;
  readonly #key: SigningKey;
  readonly #clock: Clock;
  readonly #flightsMax: number;
  readonly #verify: VerifyStatement;
  readonly #machine: LedgerMachine;
  #position: LogPosition;
  /** Id of the commit at that position; undefined after a start from a fold, until one is known. */
  #last: CommitId | null | undefined;
  #queue: Pending[] = [];
  #unanswered = 0;
  /** Decided, and waiting for a place among the flights. */
  #open: Group;
  #flights: Flight[] = [];
  #working: Promise<void> | null = null;
  #wake: () => void = () => {};
  #failed: unknown = null;
  #steppedDown = false;
  readonly #listeners = new Set<(events: readonly LedgerEvent[], state: MachineState) => void>();
  #once = new Set<() => void>();
  readonly #due = new NextDue();

  private constructor(options: RunnerOptions) {
    const { log, key, clock, verify = verifyStatement, from } = options;
    this.#log = log;
    this.#key = key;
    this.#clock = clock;
    this.#flightsMax = options.flightsMax ?? log.appendsInFlight;
    this.#verify = verify;
    this.#machine = new LedgerMachine(from?.state ?? initialState(log.ledger));
    this.#position = from?.position ?? LOG_START;
    this.#last = from ? undefined : null;
    this.#open = new Group(this.#machine);
  }

  /** Resume from whatever the log holds. */
  static async open(options: RunnerOptions): Promise<Runner> {
    const runner = new Runner(options);
    await runner.#catchUp();
    return runner;
  }

  /** As the log has it. A view that moves on with the log: whoever waits reads it again after. */
  get state(): MachineState {
    return this.#machine.settled;
  }

  get position(): LogPosition {
    return this.#position;
  }

  /**
   * Called after each commit of this runner or another with its events and the state after it; the
   * answer takes it back.
   */
  onCommit(listener: (events: readonly LedgerEvent[], state: MachineState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
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
    if (isOpening(command.fact) && command.actor !== this.#key.actor)
      return { status: 'refused', ...refuse('not_authorised', 'this authority has another key') };
    if (!this.#verify(statementOf(command), command.sig))
      return { status: 'refused', ...refuse('bad_signature', `of actor ${command.actor}`) };
    return this.enqueue(command);
  }

  /** Fold what others append, as it comes, until aborted. */
  async follow(signal: AbortSignal): Promise<void> {
    await this.idle();
    for await (const commit of this.#log.follow(this.#position, signal)) {
      // It may be this runner's own, whose append has not been answered yet.
      await this.idle();
      this.#absorb(commit);
    }
  }

  /** Decide again after `stepDown`, on the end of the log. */
  async stepUp(): Promise<void> {
    await this.idle();
    await this.#catchUp();
    this.#steppedDown = false;
  }

  /**
   * Another one decides now, or may. What is in flight lands or loses its place; whatever is not
   * recorded is answered `not_leading` instead of being decided again.
   */
  stepDown(): void {
    this.#steppedDown = true;
    for (const { answer } of this.#queue.splice(0)) answer(notLeading);
  }

  /** For commands whose signature is known to be good: the authority's own. */
  enqueue(command: Command): Promise<Reply> {
    if (this.#failed !== null) return Promise.resolve(faultReply(this.#failed));
    if (this.#steppedDown) return Promise.resolve(notLeading);
    if (this.#unanswered >= QUEUE_MAX)
      return Promise.resolve({
        status: 'refused',
        ...refuse('overloaded', `${this.#unanswered} commands are waiting`),
      });
    this.#unanswered += 1;
    return new Promise((resolve) => {
      const answer = (reply: Reply): void => {
        this.#unanswered -= 1;
        resolve(reply);
      };
      this.#queue.push({ command, answer });
      this.#working ??= this.#work();
      if (this.#flights.length < this.#flightsMax) this.#wake();
    });
  }

  /** When the next tick may have something to do: surely nothing before, surely something if past. */
  nextDueMs(): number | null {
    return this.#due.ms(this.state.books, this.#clock.nowMs());
  }

  /** Record what time brings, if anything is due. */
  async tick(): Promise<Reply> {
    const nowMs = this.#clock.nowMs();
    const { books } = this.state;
    const due = this.nextDueMs();
    if (due === null || due > nowMs)
      return { status: 'recorded', sequence: -1, count: 0, repeated: false };
    const { nonce, size } = books.ledger;
    const name = `tick-${size}-${nowMs}`;
    const id = nonce === undefined ? name : tagged(name, nonce, size);
    const data = { nowMs: Math.max(nowMs, books.ledger.clockMs) };
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
      while (this.#unanswered > 0) {
        // What came together goes together.
        await Promise.resolve();
        this.#launch();
        const first = this.#flights[0];
        if (first === undefined) continue;
        if (first.outcome === null) await this.#news();
        else if (!this.#land(first, first.outcome)) await this.#recover();
      }
    } catch (error) {
      // Only a fault is survivable. Anything else is a bug and must not be decided upon; every
      // caller learns that, and the process should restart.
      this.#fail(error);
      throw error;
    } finally {
      // In the same step as the look at the queue: a command in between would wait for the next one.
      this.#working = null;
    }
  }

  /** Resolves when an append is answered, or a command came that may go out at once. */
  #news(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Decide what waits and send it, as far as there is room in flight. */
  #launch(): void {
    while (this.#flights.length < this.#flightsMax) {
      if (this.#queue.length === 0 && !this.#open.hasEntries) return;
      const spilled = this.#fill(this.#open);
      const full = this.#open;
      this.#open = new Group(this.#machine);
      this.#send(full);
      if (spilled !== null) this.#open.place(spilled);
    }
  }

  #fill(group: Group): Spilled | null {
    const nowMs = this.#clock.nowMs();
    let taken = 0;
    try {
      for (const pending of this.#queue) {
        const spilled = group.take(pending, nowMs);
        taken += 1;
        if (spilled !== null) return spilled;
      }
      return null;
    } finally {
      // Whatever went wrong: a command is either in the group or waits.
      this.#queue.splice(0, taken);
    }
  }

  #send(group: Group): void {
    const appending = this.#flights.filter((flight) => flight.group.hasEntries);
    const before = appending.at(-1);
    if (!group.hasEntries && before !== undefined && before === this.#flights.at(-1)) {
      before.group.absorb(group);
      return;
    }
    const previous = before === undefined ? this.#last : before.group.commit().id;
    const flight: Flight = { group, previous, outcome: null };
    const expected = (this.#position + appending.length) as LogPosition;
    this.#flights.push(flight);
    void this.#attempt(flight, expected).then(() => this.#wake());
  }

  async #attempt(flight: Flight, expected: LogPosition): Promise<Outcome> {
    const { group, previous } = flight;
    try {
      const appended = group.hasEntries
        ? await this.#log.append(group.commit(), expected, previous)
        : await this.#look(expected);
      flight.outcome = { appended };
    } catch (error) {
      flight.outcome = { error };
    }
    return flight.outcome;
  }

  /** What is not appended is not checked by the log: a "no" is only as good as the state is new. */
  async #look(expected: LogPosition): Promise<Either<AppendConflict, LogPosition>> {
    const head = await this.#log.head();
    return head.position === expected
      ? right(expected)
      : left({ kind: 'conflict', expected, head });
  }

  /** Make the first flight part of the state and answer it; false when it is not in the log. */
  #land({ group }: Flight, outcome: Outcome): boolean {
    if (!isLanded(outcome)) return false;
    if (group.hasEntries) {
      this.#position = outcome.appended.right;
      this.#last = group.commit().id;
      this.#machine.settle(group.events.length);
      this.#announce(group.events);
    }
    this.#flights.shift();
    group.answerAll();
    return true;
  }

  /**
   * The first flight did not land. What it is known to have carried away with it is appended again,
   * each in its turn; at a conflict or a fault that stays, what remains is decided again.
   */
  async #recover(): Promise<void> {
    while (this.#flights.some(({ outcome }) => outcome === null)) await this.#news();
    for (const later of this.#flights.slice(1))
      if (later.outcome !== null && !isLanded(later.outcome)) later.outcome = null;
    for (let first = this.#flights[0]; first !== undefined; first = this.#flights[0]) {
      const outcome = await this.#persist(first);
      if (!this.#land(first, outcome)) return this.#decideAgain(outcome);
    }
  }

  /** Append again until it is known what became of it, for a bounded time. */
  async #persist(flight: Flight): Promise<Outcome> {
    let { outcome } = flight;
    if (outcome === null || isStale(outcome, this.#position))
      outcome = await this.#attempt(flight, this.#position);
    for (const delayMs of RETRY_DELAYS_MS) {
      if (!('error' in outcome)) return outcome;
      if (!(outcome.error instanceof Fault)) throw outcome.error;
      if (!outcome.error.retryable || this.#steppedDown) return outcome;
      await this.#clock.sleep(delayMs);
      outcome = await this.#attempt(flight, this.#position);
    }
    return outcome;
  }

  /** After what another writer did, all of it; after a fault, what was behind the group it hit. */
  async #decideAgain(outcome: Outcome): Promise<void> {
    this.#machine.forgetAll();
    const fault = 'error' in outcome ? outcome.error : await this.#caughtUp();
    const [first, ...later] = this.#flights.splice(0).map(({ group }) => group);
    assert(first !== undefined, 'a flight that did not land');
    const again = [...(fault === null ? [first] : []), ...later, this.#open];
    this.#open = new Group(this.#machine);
    if (this.#steppedDown) for (const group of again) group.answerAll(notLeading);
    else this.#queue.unshift(...again.flatMap(({ pending }) => pending));
    if (fault !== null) first.answerAll(faultReply(fault));
  }

  /** Null, or the fault that kept the log from being read to where another writer was first. */
  async #caughtUp(): Promise<Fault | null> {
    const before = this.#position;
    try {
      await this.#catchUp();
      if (this.#position !== before) return null;
      const gone = `The log does not hold commit ${this.#last} at position ${before} any more.`;
      return new Fault('log_corrupt', gone, { retryable: false });
    } catch (error) {
      if (error instanceof Fault) return error;
      throw error;
    }
  }

  async #catchUp(): Promise<void> {
    for await (const commit of this.#log.read(this.#position)) this.#absorb(commit);
  }

  /** A commit of the log made part of the state, unless it is already. */
  #absorb(commit: StoredCommit): void {
    if (commit.position <= this.#position) return;
    const events = this.#machine.follow(commit);
    this.#position = commit.position;
    this.#last = commit.id;
    this.#announce(events);
  }

  #announce(events: readonly LedgerEvent[]): void {
    this.#due.note(events, this.state.books);
    for (const listener of this.#listeners) listener(events, this.state);
    const once = this.#once;
    this.#once = new Set();
    for (const listener of once) listener();
  }

  #fail(error: unknown): void {
    this.#failed = error;
    const groups = [...this.#flights.splice(0).map(({ group }) => group), this.#open];
    const waiting = [...groups.flatMap(({ pending }) => pending), ...this.#queue.splice(0)];
    this.#open = new Group(this.#machine);
    for (const { answer } of waiting) answer(faultReply(error));
  }
}

const notLeading: Reply = { status: 'refused', ...refuse('not_leading', 'another one may lead') };
