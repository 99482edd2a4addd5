/**
 * The trace of one training step: a list of entries, and a tree over it of which one root a position
 * stands for all entries before.
 *
 *   leaf 0      "start <k>\nroot <hex state root k>\n": k steps of the window are done
 *   leaf i + 1  entry i: "<i> <phase> <operation>\n", then for each place read
 *               "< <role> <hex digest>\n" and for each written "> <role> <hex digest>\n"
 *   t(i)        RFC 6962 root of leaves 0 to i
 *
 * A digest is the leaf hash H(0x00 || head || little-endian data), where head is "<kind>/<name>\n" for
 * a tensor of the state and empty for all else: what a step reads of the state it begins with, and what
 * its updates write, are then leaves of state roots as they stand. The last entry reads all that the
 * updates have written and writes state root k + 1.
 *
 * Parties that agree on state root k share t(0), and the end of their traces binds each to its own
 * root k + 1. Where t(i) is shared and t(i + 1) is not, they have the same past and say something
 * else of entry i.
 */
import { hex } from '../hex.ts';
import { leafHash, rootOfPeaks, treeRoot, withLeaf } from '../merkle-tree.ts';
import type { Hash } from '../merkle-tree.ts';
import { stepLeaf } from '../training/state-root.ts';

export type Phase = 'forward' | 'backward' | 'update';
export const PHASES = ['forward', 'backward', 'update'] as const;

export type Digests = readonly (readonly [role: string, digest: string])[];

/** Plain JSON. */
export interface TraceEntry {
  readonly operation: string;
  readonly phase: Phase;
  readonly reads: Digests;
  readonly writes: Digests;
}

export const END_OPERATION = 'state root';

export function startLeaf(step: number, root: string, hash: Hash): Uint8Array {
  return leafHash(hash, `start ${step}\nroot ${root}\n`);
}

/** t(0), hex: known to who knows the state root. */
export function startOfTrace(step: number, root: string, hash: Hash): string {
  return hex(treeRoot([startLeaf(step, root, hash)], hash));
}

export function entryLeaf(index: number, entry: TraceEntry, hash: Hash): Uint8Array {
  const { operation, phase, reads, writes } = entry;
  const lines = [
    `${index} ${phase} ${operation}`,
    ...reads.map(([role, digest]) => `< ${role} ${digest}`),
    ...writes.map(([role, digest]) => `> ${role} ${digest}`),
  ];
  return leafHash(hash, lines.map((line) => `${line}\n`).join(''));
}

/** The last entry, of the digests of the whole state after the step, in the order of its leaves. */
export function endEntry(stepsDone: number, state: Digests, hash: Hash): TraceEntry {
  const leaves = state.map(([, digest]) => unhex(digest));
  const root = hex(treeRoot([stepLeaf(stepsDone, hash), ...leaves], hash));
  return { operation: END_OPERATION, phase: 'update', reads: state, writes: [['root', root]] };
}

/** t(i) and t(i + 1), hex, as an entry with the peaks of all leaves before it makes them. */
export function rootsAround(
  index: number,
  entry: TraceEntry,
  peaks: readonly Uint8Array[],
  hash: Hash,
): readonly [before: string, after: string] {
  const after = withLeaf(peaks, index + 1, entryLeaf(index, entry, hash), hash);
  return [hex(rootOfPeaks(peaks, hash)), hex(rootOfPeaks(after, hash))];
}

export const digestOfRole = (digests: Digests, role: string): string | undefined =>
  digests.find(([other]) => other === role)?.[1];

export function sameDigests(one: Digests, other: Digests): boolean {
  return (
    one.length === other.length &&
    one.every(([role, digest], i) => role === other[i]![0] && digest === other[i]![1])
  );
}

/** @param text hex digits in pairs */
export function unhex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++)
    bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
