/**
 * RFC 6962 trees over lists of entries: leaf = H(0x00 || entry), node = H(0x01 || left || right), cut
 * at the largest power of two below the length. Hashes are bytes inside, hex where they are shown.
 *
 * A tree of n leaves is a row of full trees, one for each bit of n: their roots are its peaks, largest
 * first. Peaks give the root of n leaves and, with one more leaf, the root of n + 1.
 */
import { invariant } from './invariant.ts';

/** SHA-256 in practice; a parameter because this room has no crypto of its own. */
export type Hash = (bytes: Uint8Array) => Uint8Array;

const NOTHING = new Uint8Array(0);
const utf8 = new TextEncoder();

/** Of the entry `head || data`; `head` as UTF-8. */
export function leafHash(hash: Hash, head: string, data: Uint8Array = NOTHING): Uint8Array {
  return hash(joined(0x00, utf8.encode(head), data));
}

function nodeHash(hash: Hash, left: Uint8Array, right: Uint8Array): Uint8Array {
  return hash(joined(0x01, left, right));
}

/** Of one leaf or more. */
export function treeRoot(leaves: readonly Uint8Array[], hash: Hash): Uint8Array {
  return rootOfPeaks(peaksOf(leaves, hash), hash);
}

export function peaksOf(leaves: readonly Uint8Array[], hash: Hash): Uint8Array[] {
  let peaks: Uint8Array[] = [];
  leaves.forEach((leaf, count) => (peaks = withLeaf(peaks, count, leaf, hash)));
  return peaks;
}

/** The peaks of `count` leaves, and one leaf more. */
export function withLeaf(
  peaks: readonly Uint8Array[],
  count: number,
  leaf: Uint8Array,
  hash: Hash,
): Uint8Array[] {
  const grown = [...peaks];
  let last = leaf;
  for (let rest = count; rest % 2 === 1; rest = (rest - 1) / 2)
    last = nodeHash(hash, grown.pop()!, last);
  return [...grown, last];
}

export function rootOfPeaks(peaks: readonly Uint8Array[], hash: Hash): Uint8Array {
  invariant(peaks.length > 0, 'a tree of one leaf or more');
  return peaks.reduceRight((right, left) => nodeHash(hash, left, right));
}

/** How many peaks `count` leaves have: the ones in binary. */
export function peakCount(count: number): number {
  let ones = 0;
  for (let rest = count; rest > 0; rest = Math.floor(rest / 2)) ones += rest % 2;
  return ones;
}

/** The neighbours on the way from leaf `index` to the root, lowest first. */
export function inclusionPath(
  leaves: readonly Uint8Array[],
  index: number,
  hash: Hash,
): Uint8Array[] {
  if (leaves.length === 1) return [];
  const split = splitOf(leaves.length);
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return index < split
    ? [...inclusionPath(left, index, hash), treeRoot(right, hash)]
    : [...inclusionPath(right, index - split, hash), treeRoot(left, hash)];
}

/** The root that a path leads to; null: it has not the length of a path from `index` of `count`. */
export function rootFromPath(
  leaf: Uint8Array,
  index: number,
  count: number,
  path: readonly Uint8Array[],
  hash: Hash,
): Uint8Array | null {
  if (count === 1) return path.length === 0 ? leaf : null;
  const beside = path.at(-1);
  if (beside === undefined) return null;
  const split = splitOf(count);
  const rest = path.slice(0, -1);
  if (index < split) {
    const left = rootFromPath(leaf, index, split, rest, hash);
    return left === null ? null : nodeHash(hash, left, beside);
  }
  const right = rootFromPath(leaf, index - split, count - split, rest, hash);
  return right === null ? null : nodeHash(hash, beside, right);
}

function splitOf(count: number): number {
  let split = 1;
  while (split * 2 < count) split *= 2;
  return split;
}

function joined(prefix: number, a: Uint8Array, b: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + a.length + b.length);
  bytes[0] = prefix;
  bytes.set(a, 1);
  bytes.set(b, 1 + a.length);
  return bytes;
}
