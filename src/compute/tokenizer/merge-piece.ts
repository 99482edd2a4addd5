/**
 * The ids of one piece: from its bytes, the earliest learned merge that applies anywhere goes first,
 * leftmost first, until none applies (Sennrich et al. 2016; CS336 assignment 1, "Encoding text").
 *
 * Taking single occurrences is the same as taking all of one merge left to right, because a pair
 * that a merge brings about was learned later than that merge. The pairs wait in a binary heap and
 * the ids in a linked list, so that n bytes cost O(n log n): a piece can be as long as the text.
 */
import { BYTE_TOKENS, VOCAB_SIZE_MAX } from './tokenizer.ts';
import type { Tokenizer } from './tokenizer.ts';

/** A heap key is rank x this + position; ranks are below 2^16, so keys are exact integers. */
const POSITIONS = 2 ** 36;
const NONE = -1;

/** Rank of a merge by `left x VOCAB_SIZE_MAX + right`. */
export type Ranks = ReadonlyMap<number, number>;

export function ranksOf({ merges }: Tokenizer): Ranks {
  return new Map(merges.map(([left, right], rank) => [left * VOCAB_SIZE_MAX + right, rank]));
}

export function mergePiece(bytes: Uint8Array, ranks: Ranks): readonly number[] {
  const ids = Array.from(bytes);
  const next = ids.map((_, at) => (at + 1 < ids.length ? at + 1 : NONE));
  const previous = ids.map((_, at) => at - 1);
  const rankAt = (at: number): number => {
    const right = next[at]!;
    if (right === NONE) return NONE;
    return ranks.get(ids[at]! * VOCAB_SIZE_MAX + ids[right]!) ?? NONE;
  };
  const heap: number[] = [];
  const offer = (at: number): void => {
    const rank = rankAt(at);
    if (rank !== NONE) pushKey(heap, rank * POSITIONS + at);
  };
  for (let at = 0; at + 1 < ids.length; at += 1) offer(at);
  for (let key = popKey(heap); key !== undefined; key = popKey(heap)) {
    const rank = Math.floor(key / POSITIONS);
    const at = key % POSITIONS;
    if (ids[at] === NONE || rankAt(at) !== rank) continue; // an earlier merge took a part of it
    const right = next[at]!;
    ids[at] = BYTE_TOKENS + rank;
    ids[right] = NONE;
    next[at] = next[right]!;
    if (next[at] !== NONE) previous[next[at]!] = at;
    offer(at);
    if (previous[at] !== NONE) offer(previous[at]!);
  }
  return ids.filter((id) => id !== NONE);
}

function pushKey(heap: number[], key: number): void {
  let at = heap.length;
  heap.push(key);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (heap[parent]! <= key) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = key;
}

function popKey(heap: number[]): number | undefined {
  const least = heap[0];
  const key = heap.pop();
  if (key === undefined || heap.length === 0) return least;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && heap[child + 1]! < heap[child]!) child += 1;
    if (heap[child]! >= key) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = key;
  return least;
}
