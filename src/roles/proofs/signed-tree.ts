/**
 * A signed head together with the tree under it: what proofs are made from. Invariant: the tree's
 * root is the head's, so every proof made here verifies, provided that the signature does.
 */
import * as E from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import type { Channel } from '../../commands/ports/channel.ts';
import type { EventLog } from '../../commands/ports/event-log.ts';
import { parseCheckpoint } from '../../events/checkpoint.ts';
import type { Checkpoint, CheckpointError } from '../../events/checkpoint.ts';
import { leafHash } from '../../events/merkle.ts';
import { formatInclusionProof } from '../../events/proof-text.ts';
import { consistencyProof, inclusionProof, rootAt, subtreesOf } from '../../events/proofs.ts';
import type { SubtreeHash } from '../../events/proofs.ts';
import { splitRecording } from '../../events/recording.ts';
import { linesOf } from '../export.ts';
import type { OnRead } from '../export.ts';
import { askAuthority } from '../ask-authority.ts';
import { formatPrefixProof } from '../../events/prefix-proof.ts';

export interface SignedTree {
  /** Entries that `checkpoint` counts. */
  readonly size: number;
  readonly subtree: SubtreeHash;
  /** Signed note; nobody has checked the signature. */
  readonly checkpoint: string;
}

export interface SignedLines extends SignedTree {
  /** Without their newlines, `size` of them. */
  readonly lines: readonly Uint8Array[];
}

export interface SignedTreeError {
  readonly code: 'head_malformed' | 'head_other_size' | 'head_other_root';
  readonly message: string;
}

/** @param each hands out the lines to hash, such as one that counts them */
export function signedTree(
  ndjson: Uint8Array,
  checkpoint: string,
  each: (lines: readonly Uint8Array[]) => Iterable<Uint8Array> = (lines) => lines,
): Either<SignedTreeError, SignedLines> {
  const head = parseCheckpoint(checkpoint);
  if (E.isLeft(head)) return headMalformed(head.left);
  const lines = [...splitRecording(ndjson)];
  const { size } = head.right;
  const subtree = subtreesOf(
    // Hashing takes its time: none where the sizes differ anyway.
    lines.length === size ? Array.from(each(lines), (line) => leafHash(line)) : [],
  );
  return underHead(head.right, lines.length, { lines, size, subtree, checkpoint });
}

export const headMalformed = ({ message }: CheckpointError): Either<SignedTreeError, never> =>
  E.left({ code: 'head_malformed', message });

/** @param count of the lines that the tree is of. @returns the tree, if it is the head's */
export function underHead<T extends SignedTree>(
  { size, root }: Checkpoint,
  count: number,
  tree: T,
): Either<SignedTreeError, T> {
  if (count !== size) {
    const message = `the checkpoint counts ${size} entries, there are ${count}`;
    return E.left({ code: 'head_other_size', message });
  }
  if (Buffer.compare(rootAt(size, tree.subtree), root) !== 0) {
    return E.left({ code: 'head_other_root', message: 'the root is not the signed one' });
  }
  return E.right(tree);
}

/** The authority's present head and the log's lines under it; faults where the authority is away. */
export async function askSignedTree(
  log: EventLog,
  channel: Channel,
  onRead?: OnRead,
  each?: Parameters<typeof signedTree>[2],
): Promise<Either<SignedTreeError, SignedLines>> {
  const answer = await askAuthority(log, channel, 'head');
  return signedTree(await linesOf(log, answer.size, onRead), answer.checkpoint, each);
}

/** Text of the C2SP tlog-proof of the entry at `index`, which must be below the tree's size. */
export function proveInclusion({ size, subtree, checkpoint }: SignedTree, index: number): string {
  const path = inclusionProof(index, size, subtree);
  return formatInclusionProof({ index, path, checkpoint });
}

/** Text of the proof that the trees of these sizes, none above the tree's, are its prefixes. */
export function provePrefixes(
  { size: newSize, subtree, checkpoint }: SignedTree,
  sizes: readonly number[],
): string {
  const prefixes = sizes.map((size) => ({
    size,
    root: rootAt(size, subtree),
    path: consistencyProof(size, newSize, subtree),
  }));
  return formatPrefixProof({ prefixes, checkpoint });
}
