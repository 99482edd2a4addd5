/**
 * Commits for the contract suites. Logs carry entries without reading them, so any line will do;
 * the root is what a log stores beside them, here a hash that changes with every commit.
 */
import { createHash } from 'node:crypto';
import type { Commit } from '../../events/commit.ts';
import { digestOf } from '../../events/digest.ts';
import type { CommitId, EntrySequence } from '../../events/ids.ts';

export function commitOf(id: string, first: number, lines: readonly string[]): Commit {
  const payload = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(''));
  return {
    id: id as CommitId,
    first: first as EntrySequence,
    count: lines.length,
    root: createHash('sha256').update(id).update(payload).digest('base64'),
    payload,
  };
}

/** A commit of one line of exactly `sizeBytes`, newline included. */
export function commitOfSize(id: string, first: number, sizeBytes: number): Commit {
  return commitOf(id, first, ['x'.repeat(sizeBytes - 1)]);
}

export const sizeAfter = (commit: Commit): number => commit.first + commit.count;

/** What of a commit must survive storage, bytes by their hash: for comparing sent with stored. */
export function frameOf(commit: Commit): object {
  const { id, first, count, root, payload } = commit;
  return { id, first, count, root, payload: digestOf(payload) };
}
