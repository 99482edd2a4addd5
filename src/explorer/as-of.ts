/**
 * Time travel: what is served from books, as of an earlier entry. The log is read and checked again
 * from the nearest milestone (books kept as they were, which share what has not changed since), so a
 * request folds at most the entries between two of them. Requests are worked on one at a time, few
 * may wait, and the last answers are kept.
 */
import type { EventLog } from '../commands/ports/event-log.ts';
import { Batch } from './batch.ts';
import { Breath } from './breath.ts';
import { checkCommit } from './check-commit.ts';
import { Illegal } from './fault-view.ts';
import type { FoldingStart } from './folding.ts';
import { Folding, nothingOf } from './folding.ts';
import type { Follower } from './follower.ts';
import type { Folded } from './read-models/overview.ts';
import { statementsBefore } from './read-models/statements.ts';
import { HttpError } from './reply.ts';

/** Entries that one request may have folded: seconds of work. */
const REFOLD_ENTRIES_MAX = 100_000;
const WAITING_MAX = 8;
const ANSWERS_MAX = 4;
const MILESTONES_MAX = 32;
const SPACING_MIN = 5000;

export class AsOf {
  readonly #log: EventLog;
  readonly #follower: Pick<Follower, 'folding'>;
  readonly #refoldMax: number;
  /** Ascending by size; all of `#folding`. */
  #milestones: FoldingStart[] = [];
  #folding: Folding;
  #spacing: number;
  readonly #answers = new Map<number, Folded>();
  #queue: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(
    log: EventLog,
    follower: Pick<Follower, 'folding'>,
    { spacing = SPACING_MIN, refoldMax = REFOLD_ENTRIES_MAX } = {},
  ) {
    this.#log = log;
    this.#follower = follower;
    this.#spacing = spacing;
    this.#refoldMax = refoldMax;
    this.#folding = follower.folding;
  }

  /** After each change of what is served. */
  note(): void {
    const { folding } = this.#follower;
    if (folding !== this.#folding) this.#forget(folding);
    if (folding.size - (this.#milestones.at(-1)?.tree.size ?? 0) < this.#spacing) return;
    this.#milestones.push({ ...folding.start(), statements: new Map(), tiles: null });
    if (this.#milestones.length < MILESTONES_MAX) return;
    this.#milestones = this.#milestones.filter((_, index) => index % 2 === 1);
    this.#spacing *= 2;
  }

  /** @throws HttpError beyond_head | too_far_back | busy | log_changed */
  async at(sequence: number): Promise<Folded> {
    this.note();
    const size = sequence + 1;
    if (size > this.#folding.size)
      throw new HttpError(404, 'beyond_head', `the last entry is ${this.#folding.size - 1}`);
    if (size === this.#folding.size) return this.#folding.folded();
    const known = this.#answers.get(size);
    if (known !== undefined) return known;
    const start = this.#startFor(size);
    if (size - start.tree.size > this.#refoldMax)
      throw new HttpError(422, 'too_far_back', `more than ${this.#refoldMax} entries to fold`);
    return this.#inTurn(() => this.#refold(start, size));
  }

  #forget(folding: Folding): void {
    this.#folding = folding;
    this.#milestones = [];
    this.#answers.clear();
  }

  #startFor(size: number): FoldingStart {
    const near = this.#milestones.findLast(({ tree }) => tree.size <= size);
    const start = near ?? nothingOf(this.#log.ledger);
    const { statements } = this.#folding.folded();
    const before = statementsBefore(statements, start.tree.size);
    return { ...start, statements: before, tiles: null };
  }

  async #inTurn(work: () => Promise<Folded>): Promise<Folded> {
    if (this.#waiting >= WAITING_MAX)
      throw new HttpError(503, 'busy', 'earlier entries are being folded for others; try again');
    this.#waiting += 1;
    const mine = this.#queue.then(work).finally(() => {
      this.#waiting -= 1;
    });
    this.#queue = mine.catch(() => undefined);
    return await mine;
  }

  async #refold(start: FoldingStart, size: number): Promise<Folded> {
    const folding = this.#folding;
    try {
      const folded = (await foldTo(this.#log, start, size)).folded();
      if (folding === this.#folding) this.#keep(size, folded);
      return folded;
    } catch (error) {
      if (!(error instanceof Illegal)) throw error;
      throw new HttpError(500, 'log_changed', `read again, entry ${error.sequence} does not hold`);
    }
  }

  #keep(size: number, folded: Folded): void {
    this.#answers.set(size, folded);
    for (const oldest of this.#answers.keys())
      if (this.#answers.size > ANSWERS_MAX) this.#answers.delete(oldest);
  }
}

/** Whole commits, then as much of the next as is wanted: all of it is checked. */
async function foldTo(log: EventLog, start: FoldingStart, size: number): Promise<Folding> {
  const folding = new Folding(start);
  const batch = new Batch(folding, log.ledger);
  const breath = new Breath();
  if (folding.size === size) return folding;
  for await (const commit of log.read(start.position)) {
    const end = commit.first + commit.count;
    if (end <= size) batch.add(commit);
    if (end < size && !batch.isFull) continue;
    batch.flush();
    if (end > size) {
      const { lines, leaves, events, ...checked } = checkCommit(commit, folding.tree, log.ledger);
      const wanted = leaves.slice(0, size - commit.first);
      const tree = folding.tree.clone();
      for (const leaf of wanted) tree.append(leaf);
      const part = { ...checked, lines: lines.slice(0, wanted.length), leaves: wanted, tree };
      folding.take([{ ...part, events: events.slice(0, wanted.length) }]);
    }
    if (end >= size) return folding;
    await breath.take();
  }
  throw new Illegal('log_gap', 'the log ends before it', folding.size);
}
