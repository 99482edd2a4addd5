/** Commits to measure with: of the size of real ones, and no two of them alike. */
import { packCommit } from '../../../events/commit-codec.ts';
import type { Commit } from '../../../events/commit.ts';
import { digestOf } from '../../../events/digest.ts';
import type { CommitId, EntrySequence } from '../../../events/ids.ts';

/** About what a heartbeat with its signature takes. */
const ENTRY_BYTES = 600;

export function sampleCommits(count: number, entries: number): Commit[] {
  const root = Buffer.alloc(32, 7);
  return Array.from({ length: count }, (_commit, n) => {
    const lines = Array.from({ length: entries }, (_line, at) =>
      Buffer.from(`{"n":${n * entries + at},"pad":"`.padEnd(ENTRY_BYTES - 3, 'x') + '"}'),
    );
    const id = `${n}-${digestOf(Buffer.from(`${n}`)).slice(7, 39)}` as CommitId;
    return packCommit(id, (n * entries) as EntrySequence, lines, root);
  });
}
