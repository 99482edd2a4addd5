/**
 * A commit: the 1..N entries of one decision, or of one group of decisions, appended atomically as
 * one log message. Invariant: `payload` holds exactly `count` lines, each ended by one `\n`, and
 * `root` is the RFC 6962 root of the tree over all entries up to and including this commit's last.
 */
import type { CommitId, EntrySequence, LogPosition } from './ids.ts';

export interface Commit {
  readonly id: CommitId;
  /** Sequence of the first entry in this commit. */
  readonly first: EntrySequence;
  /** Number of entries, 1..`MAX_ENTRIES_PER_COMMIT`. */
  readonly count: number;
  /** Base64 of the 32-byte tree root after this commit. */
  readonly root: string;
  /** The stored bytes: the entries' lines, UTF-8. */
  readonly payload: Uint8Array;
}

export interface StoredCommit extends Commit {
  readonly position: LogPosition;
}

export const MAX_ENTRIES_PER_COMMIT = 4096;
export const MAX_ENTRY_BYTES = 256 * 1024;
/** Kept below the 1 MiB default `max_payload` of a NATS server, headers included. */
export const MAX_COMMIT_BYTES = 1_000_000;
