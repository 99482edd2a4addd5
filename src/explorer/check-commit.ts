/**
 * One stored commit held against the prefix before it, believing nothing: its frame, its place, its
 * root against an own tree, each entry's envelope, sequence and ledger. Nothing is changed by it.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import { base64Of } from '../events/base64.ts';
import type { LedgerEvent } from '../events/catalogue.ts';
import { unpackCommit } from '../events/commit-codec.ts';
import type { StoredCommit } from '../events/commit.ts';
import { decodeEvent } from '../events/decode-event.ts';
import { sourceOf } from '../events/entry.ts';
import type { LedgerId, LogPosition } from '../events/ids.ts';
import type { CompactRange, Hash } from '../events/merkle.ts';
import { leafHash } from '../events/merkle.ts';
import { Illegal } from './fault-view.ts';

export interface Checked {
  readonly first: number;
  readonly position: LogPosition;
  readonly lines: readonly Uint8Array[];
  /** Hashes of the lines. */
  readonly leaves: readonly Hash[];
  readonly events: readonly LedgerEvent[];
  /** The tree after this commit. */
  readonly tree: CompactRange;
}

/**
 * @param before the tree over everything before it; left as it is
 * @throws Illegal at the first thing that does not hold
 */
export function checkCommit(commit: StoredCommit, before: CompactRange, ledger: LedgerId): Checked {
  const { first, position } = commit;
  const lines = unpackCommit(commit);
  if (isLeft(lines)) throw new Illegal(lines.left.code, lines.left.message, before.size);
  if (first !== before.size)
    throw new Illegal('log_gap', `a commit starts at ${first}`, before.size);
  const tree = before.clone();
  const leaves = lines.right.map((line) => leafHash(line));
  for (const leaf of leaves) tree.append(leaf);
  const root = base64Of(tree.root());
  if (root !== commit.root)
    throw new Illegal(
      'root_mismatch',
      `commit ${commit.id} claims tree root ${commit.root}; its entries give ${root}`,
      first,
    );
  const events = lines.right.map((line, index) => eventOf(line, first + index, ledger));
  return { first, position, lines: lines.right, leaves, events, tree };
}

function eventOf(line: Uint8Array, sequence: number, ledger: LedgerId): LedgerEvent {
  const event = decodeEvent(line);
  if (isLeft(event)) throw new Illegal(event.left.code, event.left.message, sequence);
  if (event.right.sequence !== sequence)
    throw new Illegal('wrong_sequence', `it says ${event.right.sequence}`, sequence);
  if (event.right.source !== sourceOf(ledger))
    throw new Illegal('wrong_ledger', `it is of ${event.right.source}`, sequence);
  return event.right;
}
