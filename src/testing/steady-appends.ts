/**
 * A writer that appends to a log without rest, through whatever happens to it, and remembers what it
 * was told: which commits were acknowledged and where, which refused, which it gave up on without an
 * answer. `examine` holds the log against that: every acknowledged commit is there once, at its
 * position and in order; no refused one is; one given up on is there once or not at all; and the
 * tree over all entries gives every stored root again.
 */
import assert from 'node:assert';
import * as E from 'fp-ts/lib/Either.js';
import { setTimeout as delay } from 'node:timers/promises';
import type { EventLog } from '../commands/ports/event-log.ts';
import { Fault } from '../commands/ports/fault.ts';
import type { Commit } from '../events/commit.ts';
import { packCommit, unpackCommit } from '../events/commit-codec.ts';
import { LOG_START, type CommitId, type EntrySequence, type LogPosition } from '../events/ids.ts';
import { CompactRange, leafHash } from '../events/merkle.ts';
import { base64Of } from '../events/base64.ts';

const PAUSE_MS = 2;
const RETRY_MS = 5;
const LINES = 3;

export interface Examined {
  readonly acknowledged: number;
  /** Given up on, and in the log all the same. */
  readonly landedUnanswered: number;
  readonly givenUp: number;
  readonly refused: number;
  readonly faults: Readonly<Record<string, number>>;
}

export class SteadyAppends {
  readonly acknowledged = new Map<CommitId, LogPosition>();
  readonly #refused = new Set<CommitId>();
  readonly #givenUp = new Set<CommitId>();
  readonly #faults: Record<string, number> = {};
  readonly #log: EventLog;
  #tree = CompactRange.empty();
  #position = LOG_START;
  #made = 0;

  constructor(log: EventLog) {
    this.#log = log;
  }

  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await this.#land(this.#next());
      await delay(PAUSE_MS);
    }
  }

  /** Until so many more commits were acknowledged. */
  async progress(commits: number, stop: AbortSignal): Promise<void> {
    const goal = this.acknowledged.size + commits;
    while (this.acknowledged.size < goal) {
      stop.throwIfAborted();
      await delay(20);
    }
  }

  #next(): Commit {
    const n = this.#made++;
    const lines = Array.from({ length: LINES }, (_, line) =>
      Buffer.from(`entry ${line} of commit ${n} ${'.'.repeat((n * 37) % 400)}`),
    );
    const after = this.#tree.clone();
    for (const line of lines) after.append(leafHash(line));
    return packCommit(`c${n}` as CommitId, this.#tree.size as EntrySequence, lines, after.root());
  }

  /** Every other commit without an answer is sent again, as a caller would; the rest are given up. */
  async #land(commit: Commit): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        const answer = await this.#log.append(commit, this.#position);
        if (E.isRight(answer)) return this.#accept(commit, answer.right);
        assert(
          this.#givenUp.size > 0,
          `${commit.id} was refused its place, and nobody else writes`,
        );
        this.#refused.add(commit.id);
        break;
      } catch (error) {
        this.#count(error);
        await delay(RETRY_MS);
        if (this.#made % 2 === 0 || attempt > 20) continue;
        this.#givenUp.add(commit.id);
        break;
      }
    }
    await this.#catchUp();
  }

  #count(error: unknown): void {
    if (!(error instanceof Fault) || !error.retryable) throw error;
    this.#faults[error.code] = (this.#faults[error.code] ?? 0) + 1;
  }

  #accept(commit: Commit, position: LogPosition): void {
    this.acknowledged.set(commit.id, position);
    this.#position = position;
    appendTo(this.#tree, commit);
  }

  async #catchUp(): Promise<void> {
    for (;;) {
      try {
        for await (const commit of this.#log.read(this.#position)) {
          this.#position = commit.position;
          appendTo(this.#tree, commit);
        }
        return;
      } catch (error) {
        this.#count(error);
        await delay(RETRY_MS);
      }
    }
  }

  /** @throws AssertionError when the log is not what the writer was told */
  async examine(log: EventLog): Promise<Examined> {
    const tree = CompactRange.empty();
    const found = new Set<CommitId>();
    let position = 0;
    for await (const commit of log.read(LOG_START)) {
      assert.equal(commit.position, ++position, 'positions are contiguous');
      assert.equal(commit.first, tree.size, 'entries are contiguous');
      appendTo(tree, commit);
      assert.equal(commit.root, base64Of(tree.root()), `root after ${commit.id}`);
      assert(!found.has(commit.id), `${commit.id} is there twice`);
      found.add(commit.id);
      const told = this.acknowledged.get(commit.id);
      if (told !== undefined) assert.equal(commit.position, told, `place of ${commit.id}`);
      else assert(this.#givenUp.has(commit.id), `${commit.id} is there unasked`);
    }
    const lost = [...this.acknowledged.keys()].filter((id) => !found.has(id));
    assert.deepEqual(lost, [], 'every acknowledged commit is there');
    return {
      acknowledged: this.acknowledged.size,
      landedUnanswered: found.size - this.acknowledged.size,
      givenUp: this.#givenUp.size,
      refused: this.#refused.size,
      faults: this.#faults,
    };
  }
}

function appendTo(tree: CompactRange, commit: Commit): void {
  const lines = unpackCommit(commit);
  assert(E.isRight(lines), `${commit.id} comes apart`);
  for (const line of lines.right) tree.append(leafHash(line));
}
