/**
 * The cast of a run on a desk: workers and validators with their keys, and what each does in a
 * window. Digests stand for bytes: an honest delta is the digest of `delta <assignment>`, and
 * recomputing it gives the same, so whatever else a worker commits to is caught.
 */
import type { DataOfType, LedgerEvent } from '../events/catalogue.ts';
import type { Digest } from '../events/ids.ts';
import type { SigningKey } from '../events/nkey.ts';
import type { Assignment, Policy, WindowBook } from '../projections/books.ts';
import {
  currentAssignments,
  must,
  openWindow,
  policyFor,
  windowKeyOf,
} from '../projections/books.ts';
import { seedNetworkPolicy } from '../commands/network-policy.ts';
import { begun } from './beginnings.ts';
import { artifactNamed, Desk, digestNamed, sparseEncoding } from './desk.ts';

export const RUN = 'r';
export const honestDelta = (assignment: string): string => `delta ${assignment}`;

export class Cast {
  readonly desk: Desk;
  readonly workers: SigningKey[];
  readonly validators: SigningKey[];

  /**
   * Admits so many; nobody has joined and nothing is planned.
   * @param workers keys of those who are admitted already, or how many to admit; `validators` alike
   */
  constructor(
    desk: Desk,
    workers: number | readonly SigningKey[],
    validators: number | readonly SigningKey[],
  ) {
    this.desk = desk;
    const several = (
      role: 'worker' | 'validator',
      who: number | readonly SigningKey[],
    ): SigningKey[] =>
      typeof who === 'number'
        ? Array.from({ length: who }, (_, i) => desk.admit(role, `${role}-${i}`))
        : [...who];
    this.workers = several('worker', workers);
    this.validators = several('validator', validators);
  }

  /** A run with everybody in it and its first window active. */
  static started(
    workers = 3,
    validators = 3,
    plan: Partial<DataOfType<'daybook.run.planned.v1'>> = {},
  ): Cast {
    return Cast.joined({}, workers, validators, plan);
  }

  /** The same under terms. */
  static joined(
    policy: Partial<Policy>,
    workers: number,
    validators: number,
    plan: Partial<DataOfType<'daybook.run.planned.v1'>>,
  ): Cast {
    return begun('joined', [policy, workers, validators, plan], () => {
      const cast = new Cast(new Desk().open(policy), workers, validators);
      cast.desk.plan(plan);
      for (const key of cast.everybody) cast.desk.join(key);
      cast.desk.tick();
      return cast;
    });
  }

  /** The same under mesh and admission terms; at least two workers stay. */
  static network({
    workers = 6,
    validators = 3,
    staged = true,
    policy = {},
    plan = {},
  }: {
    workers?: number;
    validators?: number;
    /** Under admission terms, too. */
    staged?: boolean;
    policy?: Partial<Policy>;
    plan?: Partial<DataOfType<'daybook.run.planned.v1'>>;
  }): Cast {
    const { mesh, admission } = seedNetworkPolicy;
    const terms = { mesh: { ...mesh, workersMin: 2 }, ...(staged && { admission }) };
    return Cast.joined({ ...terms, ...policy }, workers, validators, plan);
  }

  /** The same with deltas in an encoding that keeps what it loses. */
  static encoded(workers = 3, validators = 3): Cast {
    const cast = new Cast(new Desk().open(), workers, validators);
    cast.desk.plan({}, sparseEncoding);
    for (const key of cast.everybody) cast.desk.join(key);
    cast.desk.tick();
    return cast;
  }

  /** The same people at the same moment, who go their own way from here. */
  fork(): Cast {
    return new Cast(this.desk.fork(), this.workers, this.validators);
  }

  get everybody(): SigningKey[] {
    return [...this.workers, ...this.validators];
  }

  get window(): WindowBook {
    return must(openWindow(this.desk.books, RUN), 'open window');
  }

  /** Ids of the current assignments, by slot. */
  get slots(): string[] {
    return [...this.window.slots];
  }

  assignment(id: string): Assignment {
    return must(this.window.assignments[id], id);
  }

  keyOf(actor: string): SigningKey {
    return must(
      this.everybody.find((key) => key.actor === actor),
      actor,
    );
  }

  sessionOf(actor: string): number {
    return must(this.desk.books.members[actor], actor).session;
  }

  /** Everybody but these says it is alive. */
  heartbeat(beat: number, ...silent: readonly SigningKey[]): LedgerEvent[] {
    return this.everybody
      .filter(
        ({ actor }) =>
          silent.every((key) => key.actor !== actor) &&
          this.desk.books.members[actor]?.leaseUntilMs !== null,
      )
      .flatMap((key) => [...this.desk.heartbeat(key, beat)]);
  }

  claim(assignment: string): readonly LedgerEvent[] {
    const { participant } = this.assignment(assignment);
    const { books } = this.desk;
    const data = { assignment, session: this.sessionOf(participant) };
    if (policyFor(books, assignment).catchUp === undefined)
      return this.desk.must(this.keyOf(participant), 'daybook.assignment.claimed.v1', data);
    const { checkpoint } = must(books.windows[windowKeyOf(assignment)], 'window');
    const pagesRoot = digestNamed(`pages of ${assignment}`).slice(7);
    const shown = { ...data, checkpoint, pagesRoot };
    return this.desk.must(this.keyOf(participant), 'daybook.assignment.claimed.v2', shown);
  }

  /** The worker shows that it holds the newest revision of the run, in its present session. */
  catchUp(key: SigningKey): readonly LedgerEvent[] {
    const { revision, checkpoint } = must(this.desk.books.runs[RUN]?.revisions.at(-1), 'revision');
    return this.desk.must(key, 'daybook.catchup.completed.v1', {
      run: RUN,
      session: this.sessionOf(key.actor),
      revision,
      checkpoint: checkpoint.digest,
      mode: 'overlapped',
      sources: ['store'],
      bytes: checkpoint.sizeBytes,
      chunksRefused: 0,
      revisionsCrossed: 0,
    });
  }

  /** What the holder of an assignment would commit to. */
  submissionOf(
    assignment: string,
    delta = honestDelta(assignment),
  ): DataOfType<'daybook.submission.committed.v1'> {
    return { ...this.#workOn(assignment), delta: artifactNamed(delta), encoding: 'f32' };
  }

  /** The same in a run whose deltas are encoded; each leaves a feedback of its own. */
  encodedSubmissionOf(
    assignment: string,
    feedbackFrom: Digest | null = null,
  ): DataOfType<'daybook.submission.committed.v2'> {
    return {
      ...this.#workOn(assignment),
      delta: artifactNamed(honestDelta(assignment)),
      encoding: 'sparseloco',
      feedbackFrom,
      feedback: artifactNamed(`feedback of ${assignment}`),
    };
  }

  #workOn(assignment: string) {
    const { books } = this.desk;
    const window = must(books.windows[windowKeyOf(assignment)], 'window');
    const { participant } = must(window.assignments[assignment], assignment);
    return {
      assignment,
      session: this.sessionOf(participant),
      checkpoint: window.checkpoint,
      computeClass: 'exact' as const,
      backend: 'test',
      tokens: 32,
      innerSteps: 2,
      lossFirstMicroNats: 4_000_000,
      lossLastMicroNats: 3_900_000,
      trace: ['00'.repeat(32)],
      elapsedMs: 5,
    };
  }

  /** Claim and commit. */
  train(assignment: string, delta = honestDelta(assignment)): LedgerEvent[] {
    const key = this.keyOf(this.assignment(assignment).participant);
    const submission = this.submissionOf(assignment, delta);
    return [
      ...this.claim(assignment),
      ...this.desk.must(key, 'daybook.submission.committed.v1', submission),
    ];
  }

  /** After the seal: everybody's bytes are there. */
  reveal(only?: readonly string[]): void {
    for (const { assignment, participant, submission } of currentAssignments(this.window)) {
      if (only?.includes(assignment) === false) continue;
      this.desk.must(this.keyOf(participant), 'daybook.upload.completed.v1', {
        assignment,
        session: this.sessionOf(participant),
        delta: must(submission, 'submission').delta,
      });
    }
  }

  /** The verdict of a validator who recomputed this: accepted when it is what was committed to. */
  verdictOf(
    assignment: string,
    actor: string,
    recomputed = honestDelta(assignment),
  ): DataOfType<'daybook.verdict.recorded.v1'> {
    const found = artifactNamed(recomputed);
    const observed = must(this.assignment(assignment).submission, 'submission').delta.digest;
    const same = observed === found.digest;
    return {
      assignment,
      session: this.sessionOf(actor),
      disposition: same ? 'accepted' : 'rejected',
      reasons: same ? [] : ['digest_mismatch'],
      observed,
      recomputed: found,
      firstDivergence: same ? null : 0,
    };
  }

  judgeOne(assignment: string, actor: string, recomputed?: string): readonly LedgerEvent[] {
    const verdict = this.verdictOf(assignment, actor, recomputed);
    return this.desk.must(this.keyOf(actor), 'daybook.verdict.recorded.v1', verdict);
  }

  panelOf(assignment: string): string[] {
    return [...must(this.assignment(assignment).challenge, 'challenge').panel];
  }

  /** The audit is drawn, and every panel judges what it recomputed. */
  judge(): LedgerEvent[] {
    return [
      ...this.desk.tick(),
      ...this.slots.flatMap((slot) =>
        this.panelOf(slot).flatMap((actor) => [...this.judgeOne(slot, actor)]),
      ),
    ];
  }

  reportOf(
    actor: string,
    before: number,
    after: number,
  ): DataOfType<'daybook.aggregation.reported.v1'> {
    const { window } = this.window;
    return {
      run: RUN,
      window,
      session: this.sessionOf(actor),
      checkpoint: artifactNamed(`checkpoint ${window}`),
      momentum: artifactNamed(`momentum ${window}`),
      lossBeforeMicroNats: before,
      lossAfterMicroNats: after,
    };
  }

  /** A quorum reports the same aggregate. */
  aggregate(before: number, after: number): LedgerEvent[] {
    return this.validators.slice(0, 2).flatMap((key) => {
      const report = this.reportOf(key.actor, before, after);
      return [...this.desk.must(key, 'daybook.aggregation.reported.v1', report)];
    });
  }

  /** A whole window in which everybody is honest. */
  play(before: number, after: number): LedgerEvent[] {
    for (const slot of this.slots) this.train(slot);
    this.reveal();
    return [...this.judge(), ...this.aggregate(before, after)];
  }
}

/** `daybook.run.planned.v1` as `run.planned`. */
export const shortTypes = (events: readonly LedgerEvent[]): string[] =>
  events.map(({ type }) => type.replace('daybook.', '').replace('.v1', ''));
