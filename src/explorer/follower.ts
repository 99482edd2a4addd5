/**
 * Follows the log and folds it, trusting nobody: each commit's frame, its root against an own tree,
 * each entry's envelope, place and data, and the legality that the fold asserts. Invariant: `folded`
 * is the fold of a verified prefix that ends with a whole commit; at the first thing that does not
 * hold the follower stops there for good and says so. A log that is merely away is tried again.
 */
import assert from 'node:assert';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { isLeft } from 'fp-ts/lib/Either.js';
import type { EventLog } from '../commands/ports/event-log.ts';
import { Fault } from '../commands/ports/fault.ts';
import { base64Of } from '../events/base64.ts';
import type { LedgerEvent } from '../events/catalogue.ts';
import { unpackCommit } from '../events/commit-codec.ts';
import type { StoredCommit } from '../events/commit.ts';
import { decodeEvent } from '../events/decode-event.ts';
import { sourceOf } from '../events/entry.ts';
import type { LogPosition } from '../events/ids.ts';
import { LOG_START } from '../events/ids.ts';
import type { CompactRange, Hash } from '../events/merkle.ts';
import { leafHash } from '../events/merkle.ts';
import type { TileLevels } from '../events/tile-levels.ts';
import type { FaultView } from './fault-view.ts';
import { Illegal } from './fault-view.ts';
import { Folding } from './folding.ts';
import type { Folded } from './read-models/overview.ts';

const BUSY_MS_MAX = 20;
const RETRY_MS = [250, 500, 1000, 2000, 5000];

export class Follower {
  readonly #log: EventLog;
  readonly #stop = new AbortController();
  readonly #changed: () => void;
  #state: Folding;
  #position: LogPosition = LOG_START;
  #commits = 0;
  #whole = true;
  #yieldedMs = 0;
  /** First sequence and position of each commit, ascending: where to read raw entries from. */
  readonly #firsts: number[] = [];
  readonly #positions: LogPosition[] = [];
  #fault: FaultView | null = null;
  #done: Promise<void> | null = null;

  /** @param changed called after each commit and each change of `fault` */
  constructor(log: EventLog, changed: () => void) {
    this.#log = log;
    this.#changed = changed;
    this.#state = new Folding(log.ledger);
  }

  /** Its head holds at any time, the rest while `whole`. */
  get folded(): Folded {
    return this.#state.folded();
  }

  /** False while the books are rebuilt after an illegal commit; see `folded`. */
  get whole(): boolean {
    return this.#whole;
  }

  get size(): number {
    return this.#state.size;
  }

  /** Of as many entries as `size` says. */
  get tiles(): TileLevels {
    return this.#state.tiles;
  }

  get position(): LogPosition {
    return this.#position;
  }

  get commits(): number {
    return this.#commits;
  }

  /** Null while everything holds; a retryable one goes away by itself. */
  get fault(): FaultView | null {
    return this.#fault;
  }

  start(): void {
    assert(this.#done === null, 'started once');
    this.#done = this.#run();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  /** Position after which a reader finds the commit that holds this entry. */
  positionBefore(sequence: number): LogPosition {
    let low = 0;
    let high = this.#firsts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#firsts[middle] ?? 0) <= sequence) low = middle + 1;
      else high = middle;
    }
    return this.#positions[low - 2] ?? LOG_START;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    for (let attempt = 0; !signal.aborted;) {
      try {
        for await (const commit of this.#log.follow(this.#position, signal)) {
          await this.#take(commit);
          attempt = 0;
        }
        // An adapter's follow ends only when aborted or closed under us.
        if (!signal.aborted) await this.#wait(attempt++);
      } catch (error) {
        if (signal.aborted) return;
        this.#fail(error);
        if (this.#fault?.retryable !== true) return;
        await this.#wait(attempt++);
      }
    }
  }

  async #wait(attempt: number): Promise<void> {
    const ms = RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)];
    await delay(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }

  async #take(commit: StoredCommit): Promise<void> {
    const { leaves, events, tree } = checkCommit(commit, this.#state, this.#log.ledger);
    try {
      this.#state.fold(events, leaves, tree);
    } catch (error) {
      // The fold stops in the middle of an illegal commit: go back to the last whole one.
      this.#whole = false;
      await this.#refold();
      this.#whole = true;
      throw new Illegal('illegal_history', messageOf(error), commit.first);
    }
    this.#position = commit.position;
    this.#firsts.push(commit.first);
    this.#positions.push(commit.position);
    this.#commits += 1;
    this.#fault = null;
    this.#changed();
    await this.#breathe();
  }

  /** A long log must not keep requests waiting: not every adapter's read leaves the event loop. */
  async #breathe(): Promise<void> {
    if (performance.now() - this.#yieldedMs < BUSY_MS_MAX) return;
    await nextTurn();
    this.#yieldedMs = performance.now();
  }

  async #refold(): Promise<void> {
    const fresh = new Folding(this.#log.ledger);
    if (this.#commits > 0)
      for await (const commit of this.#log.read(LOG_START)) {
        const { leaves, events, tree } = checkCommit(commit, fresh, this.#log.ledger);
        fresh.fold(events, leaves, tree);
        if (commit.position >= this.#position) break;
      }
    this.#state = fresh;
  }

  #fail(error: unknown): void {
    const sequence = error instanceof Illegal ? error.sequence : this.#state.size;
    const known = error instanceof Illegal || error instanceof Fault;
    this.#fault = {
      code: known ? error.code : 'explorer_failed',
      message: messageOf(error),
      sequence,
      retryable: error instanceof Fault && error.retryable,
    };
    this.#changed();
  }
}

interface Checked {
  /** Hashes of its entries. */
  readonly leaves: readonly Hash[];
  readonly events: readonly LedgerEvent[];
  /** The tree after this commit. */
  readonly tree: CompactRange;
}

/** @throws Illegal at the first thing that does not hold; nothing is changed */
function checkCommit(commit: StoredCommit, state: Folding, ledger: EventLog['ledger']): Checked {
  const lines = unpackCommit(commit);
  if (isLeft(lines)) throw new Illegal(lines.left.code, lines.left.message, state.size);
  if (commit.first !== state.size)
    throw new Illegal('log_gap', `a commit starts at ${commit.first}`, state.size);
  const tree = state.tree.clone();
  const leaves = lines.right.map((line) => leafHash(line));
  for (const leaf of leaves) tree.append(leaf);
  const root = base64Of(tree.root());
  if (root !== commit.root)
    throw new Illegal(
      'root_mismatch',
      `commit ${commit.id} claims tree root ${commit.root}; its entries give ${root}`,
      commit.first,
    );
  const events = lines.right.map((line, index) => {
    const sequence = commit.first + index;
    const event = decodeEvent(line);
    if (isLeft(event)) throw new Illegal(event.left.code, event.left.message, sequence);
    if (event.right.sequence !== sequence)
      throw new Illegal('wrong_sequence', `it says ${event.right.sequence}`, sequence);
    if (event.right.source !== sourceOf(ledger))
      throw new Illegal('wrong_ledger', `it is of ${event.right.source}`, sequence);
    return event.right;
  });
  return { leaves, events, tree };
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
