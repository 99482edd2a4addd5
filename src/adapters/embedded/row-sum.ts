/**
 * CRC-32 over a stored commit, column by column: pages of the file carry no checksum of their own,
 * and a flipped bit in a commit is otherwise noticed only by who folds the entries (and in its id by
 * nobody). Files made before there were sums hold rows without one, which are not checked.
 */
import { crc32 } from 'node:zlib';
import { Fault } from '../../commands/ports/fault.ts';
import type { StoredCommit } from '../../events/commit.ts';

export function rowSum({ position, id, first, count, root, payload }: StoredCommit): number {
  return crc32(payload, crc32(`${position} ${first} ${count} ${root} ${id}\n`));
}

/** @throws Fault log_corrupt */
export function checkRowSum(commit: StoredCommit, stored: number | null): void {
  if (stored === null || stored === rowSum(commit)) return;
  throw new Fault(
    'log_corrupt',
    `The log is corrupt at position ${commit.position}: the commit does not have its checksum.`,
    { retryable: false },
  );
}
