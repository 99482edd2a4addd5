/**
 * The log of one ledger. Adapters: `memory:`, `file:` (SQLite), `nats:` (JetStream); all pass
 * `src/testing/contracts/event-log.ts`.
 *
 * Invariants every adapter keeps: a commit is stored whole or not at all; positions ascend strictly
 * and commits are contiguous in entry sequence; an append that was answered `ok` is read by every
 * later read on any handle; appends at a stale position change nothing.
 */
import type { Either } from 'fp-ts/lib/Either.js';
import type { Commit, StoredCommit } from '../../events/commit.ts';
import type { CommitId, LedgerId, LogPosition } from '../../events/ids.ts';

/** Where the log ends: the last commit's position and the number of entries up to it. */
export interface LogHead {
  /** 0 when the log is empty. */
  readonly position: LogPosition;
  /** Entries in the log (= sequence of the next entry). */
  readonly size: number;
  /** Id of the last commit; null when the log is empty. */
  readonly commitId: CommitId | null;
}

/**
 * Another writer was here first: the log has moved past the expected position. `head` is where it
 * stands now. If `head.commitId` or any commit after `expected` is the caller's own, the earlier
 * append of it had succeeded and only its ack was lost: the adapter itself resolves that case (by
 * reading the tail and comparing commit ids) and answers ok with the stored position.
 */
export interface AppendConflict {
  readonly kind: 'conflict';
  readonly expected: LogPosition;
  readonly head: LogHead;
}

export interface EventLog {
  readonly ledger: LedgerId;
  /**
   * How many appends are worth having under way at once: one where a log flushes one after the other
   * at the writer's own disk, more where the way there and back is what takes time.
   */
  readonly appendsInFlight: number;
  /** Read-after-write: never behind an acknowledged append. */
  head(): Promise<LogHead>;
  /**
   * Durable when resolved. Retrying the same commit (same id) is safe and answers the position it
   * was stored at. Appends may follow each other without waiting, each at the position after the
   * one before: then `previous` says which commit must be there, since another writer's may have
   * taken that place, with as many entries.
   * @throws Fault when the outcome could not be decided or storage refused (see fault.ts)
   */
  append(
    commit: Commit,
    expected: LogPosition,
    previous?: CommitId | null,
  ): Promise<Either<AppendConflict, LogPosition>>;
  /** All commits with position > `after`, ascending, up to the head at the time of the call. */
  read(after: LogPosition): AsyncIterable<StoredCommit>;
  /** Like `read`, then every new commit as it lands, without gaps or repeats, until aborted. */
  follow(after: LogPosition, signal: AbortSignal): AsyncIterable<StoredCommit>;
  close(): Promise<void>;
}
