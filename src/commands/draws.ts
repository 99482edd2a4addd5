/**
 * Draws: who works on what, decided by hashes nobody could know when they committed.
 * The order in which a run visits its pages is fixed by its plan, so the weights do not depend on
 * who shows up; who gets which slot, and who is audited by whom, comes from the tree root at a seal.
 *
 *   window seed    s(w) = SHA-256(root after the seal of w-1 || "<run>\n<w>")
 *   audit seed     SHA-256(root after the seal of w || "audit\n<assignment>")
 *   referee seed   SHA-256(root after the referral || "referees\n<assignment>\n<round>")
 *   offer seed     SHA-256(root after the opening || "offers\n<run>\n<round>")
 *   score seed     SHA-256(root after the seal of w || "scores\n<run>\n<w>")
 *   appeal seed    SHA-256(root after the filing || "appeal\n<offence>")
 *   shuffle        swap-or-not, 90 rounds, as in the Ethereum consensus specification
 *                  (compute_shuffled_index): any one index in O(rounds), no party can steer it
 */
import assert from 'node:assert';
import { sha256 } from '../events/digest.ts';
import type { RunPlan } from '../projections/books.ts';

export const SHUFFLE_ROUNDS = 90;
const SEED_BYTES = 32;

/** Blocks a shuffle remembers: an index asks for 90, as many as 46,000 pages have. */
const BLOCKS_MAX = 16_384;

const utf8 = (text: string): Uint8Array => Buffer.from(text, 'utf8');
const joined = (...parts: Uint8Array[]): Uint8Array => Buffer.concat(parts);

export const windowSeed = (root: Uint8Array, run: string, window: number): Uint8Array =>
  sha256(joined(root, utf8(`${run}\n${window}`)));

export const auditSeed = (root: Uint8Array, assignment: string): Uint8Array =>
  sha256(joined(root, utf8(`audit\n${assignment}`)));

export const refereeSeed = (root: Uint8Array, assignment: string, round: number): Uint8Array =>
  sha256(joined(root, utf8(`referees\n${assignment}\n${round}`)));

export const offerSeed = (root: Uint8Array, run: string, round: number): Uint8Array =>
  sha256(joined(root, utf8(`offers\n${run}\n${round}`)));
export const scoreSeed = (root: Uint8Array, run: string, window: number): Uint8Array =>
  sha256(joined(root, utf8(`scores\n${run}\n${window}`)));
export const appealSeed = (root: Uint8Array, offence: string): Uint8Array =>
  sha256(joined(root, utf8(`appeal\n${offence}`)));

/** The permutation of 0..size-1 under a 32-byte seed; answers single positions. */
export class Shuffle {
  readonly #size: number;
  /** seed || round || block: what is hashed. */
  readonly #input = Buffer.alloc(SEED_BYTES + 5);
  readonly #pivots: number[] = [];
  readonly #blocks = new Map<number, Uint8Array>();

  constructor(seed: Uint8Array, size: number) {
    assert(Number.isSafeInteger(size) && size > 0 && size <= 2 ** 32, 'size is 1..2^32');
    this.#size = size;
    assert(seed.byteLength === SEED_BYTES, 'a seed has 32 bytes');
    this.#input.set(seed);
    for (let round = 0; round < SHUFFLE_ROUNDS; round += 1) {
      this.#input[SEED_BYTES] = round;
      const { buffer } = sha256(this.#input.subarray(0, SEED_BYTES + 1));
      this.#pivots.push(Number(new DataView(buffer).getBigUint64(0, true) % BigInt(size)));
    }
  }

  /** Where index goes. */
  at(index: number): number {
    assert(Number.isSafeInteger(index) && index >= 0 && index < this.#size, 'index in range');
    let current = index;
    for (let round = 0; round < SHUFFLE_ROUNDS; round += 1) {
      const flip = ((this.#pivots[round] as number) + this.#size - current) % this.#size;
      const position = Math.max(current, flip);
      const byte = this.#block(round, Math.floor(position / 256))[(position % 256) >> 3] as number;
      if (((byte >> (position % 8)) & 1) === 1) current = flip;
    }
    return current;
  }

  #block(round: number, index: number): Uint8Array {
    const key = index * SHUFFLE_ROUNDS + round;
    let block = this.#blocks.get(key);
    if (block === undefined) {
      this.#input[SEED_BYTES] = round;
      this.#input.writeUInt32LE(index, SEED_BYTES + 1);
      block = sha256(this.#input);
      if (this.#blocks.size === BLOCKS_MAX) this.#blocks.clear();
      this.#blocks.set(key, block);
    }
    return block;
  }
}

/** Shuffles that are kept for whoever asks for the same again. */
const SHUFFLES_MAX = 16;
const shuffles = new Map<string, Shuffle>();

/** Scores of one window are drawn under one seed again and again; so are they by all who judge it. */
function shuffleOf(seed: Uint8Array, size: number): Shuffle {
  const key = `${size} ${Buffer.from(seed).toString('latin1')}`;
  const known = shuffles.get(key);
  if (known !== undefined) return known;
  const shuffle = new Shuffle(seed, size);
  const [oldest] = shuffles.keys();
  if (shuffles.size === SHUFFLES_MAX) shuffles.delete(oldest as string);
  shuffles.set(key, shuffle);
  return shuffle;
}

/** The items in shuffled order: result[at(i)] = items[i]. */
export function shuffled<T>(seed: Uint8Array, items: readonly T[]): T[] {
  if (items.length === 0) return [];
  const shuffle = shuffleOf(seed, items.length);
  const out: T[] = Array.from(items);
  items.forEach((item, index) => {
    out[shuffle.at(index)] = item;
  });
  return out;
}

/** Whether a submission with this audit seed is recomputed at the given rate. */
export const isAudited = (seed: Uint8Array, rateBps: number): boolean =>
  Buffer.from(seed).readUInt32LE(0) % 10_000 < rateBps;

/** A plan's order of pages serves every slot of its run, so it outlives one question. */
const pageOrders = new WeakMap<RunPlan, { readonly pages: number; readonly order: Shuffle }>();

function pageOrder(plan: RunPlan, pages: number): Shuffle {
  const known = pageOrders.get(plan);
  if (known?.pages === pages) return known.order;
  const order = new Shuffle(Buffer.from(plan.dataSeed, 'hex'), pages);
  pageOrders.set(plan, { pages, order });
  return order;
}

/** Page indices of a slot, in training order: (innerSteps * batchPages) of them. */
export function pagesOfSlot(
  plan: RunPlan,
  trainPages: number,
  window: number,
  slot: number,
): number[] {
  const count = plan.innerSteps * plan.batchPages;
  const first = (window * plan.slots + slot) * count;
  const shuffle = pageOrder(plan, trainPages);
  return Array.from({ length: count }, (_, i) => shuffle.at((first + i) % trainPages));
}

/** The first `count` positions of the shuffle of `size` under a seed; all of them when there are fewer. */
export function drawnPages(seed: Uint8Array, size: number, count: number): number[] {
  if (size === 0) return [];
  const shuffle = shuffleOf(seed, size);
  return Array.from({ length: Math.min(count, size) }, (_, i) => shuffle.at(i));
}
