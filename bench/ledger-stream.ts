/**
 * A ledger that goes on for ever, as a source of events for benchmarks: run after run, window after
 * window, with heartbeats, leases, claims, submissions, seals, reveals, challenges, verdicts,
 * aggregation, promotion, journals and periods. Every command is permitted by its guard and every
 * consequence comes from the rules, so the stream is legal by construction; only signatures and
 * roots are made up. Nothing is stored: the books are folded in place as it goes.
 */
import { NONCE, testPlan } from '../src/testing/desk.ts';
import { tagged } from '../src/events/command-tag.ts';
import { createHash } from 'node:crypto';
import type { Command } from '../src/commands/command.ts';
import { permit } from '../src/commands/decide.ts';
import { openingOf } from '../src/commands/opening.ts';
import { dueTimer, nextDueMs, reactTo } from '../src/commands/rules/react.ts';
import { seedPolicy } from '../src/commands/seed-policy.ts';
import type { Fact, FactOf, FactType, LedgerEvent } from '../src/events/catalogue.ts';
import { catalogue, subjectOf } from '../src/events/catalogue.ts';
import { sourceOf, timeOfMs } from '../src/events/entry.ts';
import type { ActorId, CommandId, Digest, EntrySequence, LedgerId } from '../src/events/ids.ts';
import { generateKey } from '../src/events/nkey.ts';
import type { Assignment, Books, RunPlan, WindowBook } from '../src/projections/books.ts';
import { currentAssignments, emptyBooks, must, openWindow } from '../src/projections/books.ts';

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
const digestNamed = (text: string): Digest => `sha256:${sha256(text).toString('hex')}` as Digest;
const artifactNamed = (text: string) => ({ digest: digestNamed(text), sizeBytes: 9000 });
const actorNamed = (name: string): ActorId => generateKey(sha256(name)).actor;

/** The one place that says what the id of a command looks like. */
const commandIdOf = (what: string, ledgerSize: number | null): CommandId =>
  tagged(what, NONCE, ledgerSize);

export interface Shape {
  readonly workers: number;
  readonly validators: number;
  readonly slots: number;
  readonly windowsPerRun: number;
  readonly windowsPerPeriod: number;
  /** Heartbeats of each party while it trains for a window. */
  readonly beatsPerWindow: number;
}

/** A small fleet with windows of about a minute. */
export const MINUTE_WINDOWS: Shape = {
  workers: 10,
  validators: 4,
  slots: 8,
  windowsPerRun: 500,
  windowsPerPeriod: 50,
  beatsPerWindow: 12,
};

const BEAT_MS = 5000;
/** Entries whose data is held against its codec; the windows after them are like those in them. */
const CHECKED = 10_000;
const LEDGER = 'growth' as LedgerId;

export class LedgerStream {
  readonly books: Books = emptyBooks(LEDGER);
  readonly #shape: Shape;
  /** Folds the event into `books`. */
  readonly #post: (books: Books, event: LedgerEvent) => void;
  readonly #authority = actorNamed('authority');
  readonly #operator = actorNamed('operator');
  readonly #workers: readonly ActorId[];
  readonly #validators: readonly ActorId[];
  #nowMs = Date.UTC(2026, 0, 1);
  #runs = 0;
  #beats = 0;

  constructor(shape: Shape, post: (books: Books, event: LedgerEvent) => void) {
    this.#shape = shape;
    this.#post = post;
    const named = (role: string, count: number): ActorId[] =>
      Array.from({ length: count }, (_, index) => actorNamed(`${role}-${index}`));
    this.#workers = named('worker', shape.workers);
    this.#validators = named('validator', shape.validators);
    this.#found();
  }

  get ledger(): LedgerId {
    return LEDGER;
  }

  /** Root after an entry: any 32 bytes will do for draws. */
  rootAfter(sequence: number): Uint8Array {
    return sha256(`root ${sequence}`);
  }

  /** One window from its assignments to its journal, with the run around it where one begins or ends. */
  playWindow(): void {
    const run = this.#openRun();
    const window = must(openWindow(this.books, run), 'open window');
    for (const held of currentAssignments(window)) this.#claim(held);
    for (let beat = 0; beat < this.#shape.beatsPerWindow; beat += 1) this.#beatAll();
    for (const held of currentAssignments(window)) this.#submit(held, window);
    for (const held of currentAssignments(window)) this.#reveal(held);
    this.#tick();
    for (const { assignment } of currentAssignments(window)) this.#judge(window, assignment);
    this.#aggregate(window);
    this.#nowMs += 100;
    this.#tick();
  }

  #found(): void {
    this.#say(this.#authority, 'open', {
      ...openingOf(LEDGER, this.#authority, this.#operator, NONCE),
    });
    const rewards = { ...seedPolicy.rewards, periodWindows: this.#shape.windowsPerPeriod };
    this.#say(this.#operator, 'policy', {
      type: 'daybook.policy.adopted.v1',
      data: { ...seedPolicy, rewards },
    });
    const admit = (participant: ActorId, role: 'worker' | 'validator', index: number): void =>
      this.#say(this.#operator, `admit-${participant}`, {
        type: 'daybook.participant.admitted.v1',
        data: { participant, role, name: `${role}-${index}` },
      });
    this.#workers.forEach((actor, index) => admit(actor, 'worker', index));
    this.#validators.forEach((actor, index) => admit(actor, 'validator', index));
    for (const participant of [...this.#workers, ...this.#validators])
      this.#say(participant, `join-${participant}-1`, {
        type: 'daybook.participant.joined.v1',
        data: { participant, session: 1, computeClass: 'exact', backend: 'bench', software: 's' },
      });
    this.#say(this.#operator, 'dataset-d', {
      type: 'daybook.dataset.registered.v1',
      data: {
        dataset: 'd',
        title: 'A dataset',
        tokenizer: artifactNamed('tokenizer'),
        vocabSize: 64,
        tokens: artifactNamed('tokens'),
        pageTokens: 8,
        pages: 100,
        heldOutPages: 4,
        pagesRoot: sha256('pages').toString('hex'),
      },
    });
  }

  /** The run that is under way, or the next one. */
  #openRun(): string {
    const current = `run-${this.#runs - 1}`;
    if (this.books.runs[current]?.state === 'active') return current;
    const run = `run-${this.#runs}`;
    this.#runs += 1;
    const data = planOf(run, this.#shape);
    this.#say(this.#operator, `plan-${run}`, { type: 'daybook.run.planned.v1', data });
    const checkpoint = artifactNamed(`initial ${run}`);
    this.#say(this.#operator, `start-${run}`, {
      type: 'daybook.run.initializing.v1',
      data: { run, checkpoint },
    });
    this.#tick();
    return run;
  }

  #beatAll(): void {
    this.#nowMs += BEAT_MS;
    this.#beats += 1;
    for (const participant of [...this.#workers, ...this.#validators])
      this.#say(participant, `beat-${participant}-1-${this.#beats}`, {
        type: 'daybook.participant.heartbeated.v1',
        data: { participant, session: 1, beat: this.#beats },
      });
    if ((nextDueMs(this.books) ?? Infinity) <= this.#nowMs) this.#tick();
  }

  #claim({ assignment, participant }: Assignment): void {
    this.#say(participant, `claim-${assignment}-1`, {
      type: 'daybook.assignment.claimed.v1',
      data: { assignment, session: 1 },
    });
  }

  #submit({ assignment, participant, slot }: Assignment, { checkpoint }: WindowBook): void {
    this.#say(participant, `commit-${assignment}-1`, {
      type: 'daybook.submission.committed.v1',
      data: {
        assignment,
        session: 1,
        checkpoint,
        delta: artifactNamed(`delta ${assignment}`),
        encoding: 'f32',
        computeClass: 'exact',
        backend: 'bench',
        tokens: 2 * 2 * 8,
        innerSteps: 2,
        lossFirstMicroNats: 5_000_000 + slot,
        lossLastMicroNats: 4_900_000 + slot,
        trace: ['00'.repeat(32)],
        elapsedMs: 4000 + slot,
      },
    });
  }

  #reveal({ assignment, participant }: Assignment): void {
    this.#say(participant, `reveal-${assignment}-1`, {
      type: 'daybook.upload.completed.v1',
      data: { assignment, session: 1, delta: artifactNamed(`delta ${assignment}`) },
    });
  }

  #judge(window: WindowBook, assignment: string): void {
    const { panel } = must(window.assignments[assignment]?.challenge, 'challenge');
    const recomputed = artifactNamed(`delta ${assignment}`);
    for (const validator of panel)
      this.#say(validator, `verdict-${assignment}-${validator}`, {
        type: 'daybook.verdict.recorded.v1',
        data: {
          assignment,
          session: 1,
          disposition: 'accepted',
          reasons: [],
          observed: recomputed.digest,
          recomputed,
          firstDivergence: null,
        },
      });
  }

  #aggregate({ run, window }: WindowBook): void {
    const { quorum } = must(this.books.policy, 'policy').validation;
    for (const validator of this.#validators.slice(0, quorum))
      this.#say(validator, `aggregate-${run}-${window}-${validator}`, {
        type: 'daybook.aggregation.reported.v1',
        data: {
          run,
          window,
          session: 1,
          checkpoint: artifactNamed(`checkpoint ${run} ${window}`),
          momentum: artifactNamed(`momentum ${run} ${window}`),
          lossBeforeMicroNats: lossBefore(window),
          lossAfterMicroNats: lossBefore(window + 1),
        },
      });
  }

  /** Everything that is due, as one command of the authority. */
  #tick(): void {
    const id = commandIdOf(`tick-${this.#nowMs}`, this.books.ledger.size);
    const data = { nowMs: this.#nowMs };
    const causes = { id, sig: sigOf(id), index: 0 };
    this.#settle(this.#authority, { type: 'daybook.clock.ticked.v1', data } as Fact, causes);
    for (;;) {
      const timer = dueTimer(this.books, this.#nowMs);
      if (timer === null) return;
      for (const fact of timer.fire(this.#context)) this.#settle(this.#authority, fact, causes);
    }
  }

  get #context() {
    return { nowMs: this.#nowMs, rootAfter: (sequence: number) => this.rootAfter(sequence) };
  }

  #say<T extends FactType>(actor: ActorId, what: string, fact: FactOf<T>): void {
    const id = commandIdOf(what, actor === this.#operator ? null : this.books.ledger.size);
    const sig = sigOf(id);
    const command = { id, ledger: LEDGER, actor, fact: fact as Fact, sig } satisfies Command;
    const permitted = permit(this.books, command);
    if (permitted._tag === 'Left')
      throw new Error(`${fact.type}: ${permitted.left.code}: ${permitted.left.message}`);
    this.#settle(actor, permitted.right, { id, sig, index: 0 });
  }

  /** As the machine does: a fact, and breadth first what follows from it. */
  #settle(actor: ActorId, first: Fact, causes: Causes): void {
    const queue: Fact[] = [first];
    for (let fact = queue.shift(); fact !== undefined; fact = queue.shift()) {
      const event = this.#placed(actor, fact, causes);
      causes.index += 1;
      this.#post(this.books, event);
      queue.push(...reactTo(this.books, event, this.#context));
    }
  }

  #placed(actor: ActorId, fact: Fact, { id, sig, index }: Causes): LedgerEvent {
    const { size } = this.books.ledger;
    if (size < CHECKED && catalogue.get(fact.type)?.data.is(fact.data) !== true)
      throw new Error(`entry ${size}: no ${fact.type} could be read again`);
    return {
      id: `${id}.${index}`,
      source: sourceOf(LEDGER),
      type: fact.type,
      subject: subjectOf(fact),
      time: timeOfMs(this.#nowMs),
      sequence: size as EntrySequence,
      actor: index === 0 ? actor : this.#authority,
      commandid: id,
      ...(index === 0 ? { sig } : { causationid: `${id}.0` }),
      data: fact.data,
    } as unknown as LedgerEvent;
  }
}

interface Causes {
  readonly id: CommandId;
  readonly sig: string;
  /** Of the next entry of this command. */
  index: number;
}

/** As long as a signature, and as different from the others. */
const sigOf = (id: string): string => createHash('sha512').update(id).digest('base64');

/** The held-out loss falls a little with every window. */
const lossBefore = (window: number): number => 9_000_000 - window * 10_000;

const planOf = (run: string, { slots, windowsPerRun }: Shape): RunPlan => ({
  ...testPlan,
  run,
  windows: windowsPerRun,
  slots,
});
