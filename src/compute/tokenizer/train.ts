/**
 * Byte-level BPE training (Sennrich et al. 2016; CS336 assignment 1): merge the most frequent pair of
 * adjacent ids inside pieces, ties to the pair whose bytes are lexicographically greatest (left, then
 * right), until the vocabulary is full or no pair is left.
 *
 * Pair counts are kept incrementally: a merge touches only the distinct pieces that hold its pair.
 * Counts are exact integers and the choice is a total order, so the result depends on the text alone.
 */
import { forEachPiece, splitSpecials } from './pretokenize.ts';
import { BYTE_TOKENS, TokenizerError, VOCAB_SIZE_MAX, concatenated } from './tokenizer.ts';
import type { Tokenizer } from './tokenizer.ts';

/** A distinct piece, as the ids it currently consists of. */
interface Word {
  readonly ids: number[];
  readonly count: number;
}

/** One pair of adjacent ids: how often, and in which words (perhaps no longer). */
interface Pair {
  readonly left: number;
  readonly right: number;
  count: number;
  readonly words: Set<Word>;
}

/** Throws TokenizerError. The vocabulary is smaller than asked for where the text runs out of pairs. */
export function trainTokenizer(
  text: string,
  vocabSize: number,
  specials: readonly string[],
): Tokenizer {
  checkSpecials(specials);
  const room = vocabSize - BYTE_TOKENS - specials.length;
  if (!Number.isInteger(vocabSize) || room < 0 || vocabSize > VOCAB_SIZE_MAX) {
    throw new TokenizerError(
      'vocab_size_invalid',
      `a vocabulary of ${vocabSize}: wanted ${BYTE_TOKENS + specials.length}..${VOCAB_SIZE_MAX}`,
    );
  }
  const pairs = countPairs(countWords(text, specials));
  const bytes: Uint8Array[] = Array.from({ length: BYTE_TOKENS }, (_, b) => Uint8Array.of(b));
  const merges: [number, number][] = [];
  while (merges.length < room) {
    const best = mostFrequent(pairs, bytes);
    if (best === undefined) break;
    merges.push([best.left, best.right]);
    applyMerge(best, bytes.length, pairs);
    bytes.push(concatenated(bytes[best.left]!, bytes[best.right]!));
  }
  return { merges, specials: [...specials] };
}

export function checkSpecials(specials: readonly string[]): void {
  const usable = specials.every((special) => special !== '' && special.isWellFormed());
  if (!usable || new Set(specials).size !== specials.length) {
    throw new TokenizerError('special_invalid', 'a special token is empty, doubled or no Unicode');
  }
}

function countWords(text: string, specials: readonly string[]): Word[] {
  const counts = new Map<string, number>();
  for (const segment of splitSpecials(text, specials)) {
    if (segment.special >= 0) continue;
    forEachPiece(segment.text, (piece) => counts.set(piece, (counts.get(piece) ?? 0) + 1));
  }
  const utf8 = new TextEncoder();
  return [...counts].map(([piece, count]) => ({ ids: [...utf8.encode(piece)], count }));
}

type Pairs = Map<number, Pair>;

const keyOf = (left: number, right: number): number => left * VOCAB_SIZE_MAX + right;

function countPairs(words: readonly Word[]): Pairs {
  const pairs: Pairs = new Map();
  for (const word of words) addPairs(pairs, word, word.count);
  return pairs;
}

/** Adds `count` (perhaps negative) for every adjacent pair of the word. */
function addPairs(pairs: Pairs, word: Word, count: number): void {
  for (let i = 0; i + 1 < word.ids.length; i += 1) {
    const [left, right] = [word.ids[i]!, word.ids[i + 1]!];
    let pair = pairs.get(keyOf(left, right));
    if (pair === undefined) {
      pair = { left, right, count: 0, words: new Set() };
      pairs.set(keyOf(left, right), pair);
    }
    pair.count += count;
    if (count > 0) pair.words.add(word);
    else if (pair.count === 0) pairs.delete(keyOf(left, right));
  }
}

function mostFrequent(pairs: Pairs, bytes: readonly Uint8Array[]): Pair | undefined {
  let best: Pair | undefined;
  for (const pair of pairs.values()) {
    if (best === undefined || pair.count > best.count) best = pair;
    else if (pair.count === best.count && isGreater(pair, best, bytes)) best = pair;
  }
  return best;
}

function isGreater(a: Pair, b: Pair, bytes: readonly Uint8Array[]): boolean {
  const byLeft = compareBytes(bytes[a.left]!, bytes[b.left]!);
  return byLeft !== 0 ? byLeft > 0 : compareBytes(bytes[a.right]!, bytes[b.right]!) > 0;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length && i < b.length; i += 1) {
    if (a[i] !== b[i]) return a[i]! - b[i]!;
  }
  return a.length - b.length;
}

function applyMerge(best: Pair, id: number, pairs: Pairs): void {
  for (const word of best.words) {
    const merged = mergedIds(word.ids, best, id);
    if (merged.length === word.ids.length) continue; // an earlier merge took this pair away
    addPairs(pairs, word, -word.count);
    word.ids.splice(0, word.ids.length, ...merged);
    addPairs(pairs, word, word.count);
  }
  pairs.delete(keyOf(best.left, best.right));
}

/** Left to right, without overlap. */
function mergedIds(
  ids: readonly number[],
  { left, right }: { readonly left: number; readonly right: number },
  id: number,
): number[] {
  const merged: number[] = [];
  for (let i = 0; i < ids.length; i += 1) {
    const found = ids[i] === left && ids[i + 1] === right;
    merged.push(found ? id : ids[i]!);
    if (found) i += 1;
  }
  return merged;
}
