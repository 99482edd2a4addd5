/**
 * A whole run told on the desk: honest windows, a worker who alters its delta, one that dies and is
 * replaced, a panel that disagrees, a window that is held, settlement. For readers of ledgers
 * (explorer, audit): every entry is a real, signed, decided one; only the bytes behind digests are
 * made up. Tests take what the story produces commit by commit.
 */
import { packCommit } from '../events/commit-codec.ts';
import type { Commit } from '../events/commit.ts';
import type { CommitId, EntrySequence } from '../events/ids.ts';
import { CompactRange, leafHash } from '../events/merkle.ts';
import type { SigningKey } from '../events/nkey.ts';
import type { Assignment, WindowBook } from '../projections/books.ts';
import { currentAssignments, must, openWindow } from '../projections/books.ts';
import { artifactNamed, Desk } from './desk.ts';

const INNER_STEPS = 12;
/** Inner steps times pages a batch times tokens a page of the desk's dataset. */
const TOKENS = INNER_STEPS * 2 * 8;

export class DeskStory {
  readonly desk = new Desk();
  readonly workers: readonly SigningKey[];
  readonly validators: readonly SigningKey[];
  readonly #tree = CompactRange.empty();
  #committed = 0;

  constructor({ workers = 4, validators = 3, windows = 6, slots = 3 } = {}) {
    const { desk } = this;
    desk.open();
    this.workers = numbered(workers).map((i) => desk.admit('worker', `worker-${i}`));
    this.validators = numbered(validators).map((i) => desk.admit('validator', `validator-${i}`));
    desk.plan({ title: 'A whale of a model', windows, slots, innerSteps: INNER_STEPS });
    for (const key of [...this.workers, ...this.validators]) desk.join(key);
    desk.tick();
  }

  get window(): WindowBook {
    return must(openWindow(this.desk.books, 'r'), 'open window');
  }

  /** What was recorded since the last call, as one commit. */
  commit(): Commit {
    const first = this.#committed;
    const lines = this.desk.lines.slice(first);
    for (const line of lines) this.#tree.append(leafHash(line));
    this.#committed = this.desk.lines.length;
    return packCommit(
      `story-${first}` as CommitId,
      first as EntrySequence,
      lines,
      this.#tree.root(),
    );
  }

  /** The tree over the first `size` entries. */
  treeAt(size: number): CompactRange {
    const tree = CompactRange.empty();
    for (const line of this.desk.lines.slice(0, size)) tree.append(leafHash(line));
    return tree;
  }

  key(actor: string): SigningKey {
    const all = [...this.workers, ...this.validators];
    return must(
      all.find((key) => key.actor === actor),
      actor,
    );
  }

  /** Everybody who is not `silent` is heard from, for so many seconds. */
  live(seconds: number, silent: readonly string[] = []): void {
    for (let beat = 1; beat <= seconds / 5; beat += 1) {
      this.desk.pass(5000);
      for (const key of [...this.workers, ...this.validators]) {
        const { status } = must(this.desk.books.members[key.actor], 'member');
        if (status !== 'alive' || silent.includes(key.actor)) continue;
        this.desk.heartbeat(key, Math.floor(this.desk.nowMs / 5000));
      }
    }
  }

  claim({ assignment, participant }: Assignment): void {
    this.desk.must(this.key(participant), 'daybook.assignment.claimed.v1', {
      assignment,
      session: this.#session(participant),
    });
  }

  /** Commit to a delta: the honest one, or another. */
  submit(
    held: Assignment,
    lossMicroNats: number,
    delta = honest(held.assignment),
    trace = ['00'.repeat(32)],
  ): void {
    const { window, checkpoint } = this.window;
    const wobble = held.slot * 37_000 - 30_000;
    this.desk.must(this.key(held.participant), 'daybook.submission.committed.v1', {
      assignment: held.assignment,
      session: this.#session(held.participant),
      checkpoint,
      delta: artifactNamed(delta, 9000),
      encoding: 'f32',
      computeClass: 'exact',
      backend: 'test',
      tokens: TOKENS,
      innerSteps: INNER_STEPS,
      lossFirstMicroNats: lossMicroNats + 40_000 + wobble,
      lossLastMicroNats: Math.round(lossMicroNats * 0.9) + wobble + window * 5000,
      trace,
      elapsedMs: 4100 + 300 * held.slot,
    });
  }

  /** Claim, train and commit what is still open. */
  train(lossMicroNats: number): void {
    for (const held of currentAssignments(this.window)) {
      if (held.state === 'issued') this.claim(held);
      if (held.submission === null) this.submit(held, lossMicroNats);
    }
  }

  reveal(): void {
    for (const { assignment, participant, submission } of currentAssignments(this.window))
      this.desk.must(this.key(participant), 'daybook.upload.completed.v1', {
        assignment,
        session: this.#session(participant),
        delta: must(submission, 'submission').delta,
      });
  }

  /** The panels recompute; when `mistaken`, the first member of slot 0's comes to something else. */
  judge(mistaken = false): void {
    this.desk.tick();
    for (const { assignment, slot } of currentAssignments(this.window)) {
      const held = (): Assignment | undefined =>
        openWindow(this.desk.books, 'r')?.assignments[assignment];
      // The panel grows when it disagrees.
      for (let seat = 0; held()?.disposition === null; seat += 1) {
        const actor = must(held()?.challenge?.panel[seat], 'panel member');
        this.#verdict(must(held(), assignment), actor, mistaken && slot === 0 && seat === 0);
      }
    }
  }

  aggregate(beforeMicroNats: number, afterMicroNats: number): void {
    const { window } = this.window;
    for (const key of this.validators.slice(0, 2))
      this.desk.must(key, 'daybook.aggregation.reported.v1', {
        run: 'r',
        window,
        session: this.#session(key.actor),
        checkpoint: artifactNamed(`checkpoint ${window}`, 9000),
        momentum: artifactNamed(`momentum ${window}`, 9000),
        lossBeforeMicroNats: beforeMicroNats,
        lossAfterMicroNats: afterMicroNats,
      });
  }

  /** A window from its assignments to what follows its reconciliation. */
  play(beforeMicroNats: number, afterMicroNats: number, mistaken = false): void {
    this.desk.pass(1000);
    this.train(beforeMicroNats);
    this.live(5);
    this.reveal();
    this.judge(mistaken);
    this.aggregate(beforeMicroNats, afterMicroNats);
    this.desk.pass(500);
    this.desk.tick();
  }

  #verdict(held: Assignment, actor: string, mistaken: boolean): void {
    const recomputed = artifactNamed(
      mistaken ? `mistaken ${held.assignment}` : honest(held.assignment),
      9000,
    );
    const observed = must(held.submission, 'submission').delta.digest;
    const same = observed === recomputed.digest;
    this.desk.must(this.key(actor), 'daybook.verdict.recorded.v1', {
      assignment: held.assignment,
      session: this.#session(actor),
      disposition: same ? 'accepted' : 'rejected',
      reasons: same ? [] : ['digest_mismatch'],
      observed,
      recomputed,
      firstDivergence: null,
    });
  }

  #session(actor: string): number {
    return must(this.desk.books.members[actor], 'member').session;
  }
}

const honest = (assignment: string): string => `delta ${assignment}`;
const numbered = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
