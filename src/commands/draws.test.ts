/**
 * Laws of the draws. The shuffle is held against the Ethereum consensus specification's
 * compute_shuffled_index, written here a second time from its text and with none of our code.
 */
import * as fc from 'fast-check';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { testPlan } from '../testing/desk.ts';
import { auditSeed, isAudited, pagesOfSlot, Shuffle, shuffled, windowSeed } from './draws.ts';

const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });
const sha256 = (...parts: (string | Uint8Array)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/**
 * def compute_shuffled_index(index, index_count, seed):
 *     for current_round in range(SHUFFLE_ROUND_COUNT):
 *         pivot = bytes_to_uint64(hash(seed + uint_to_bytes(uint8(current_round)))[0:8]) % index_count
 *         flip = (pivot + index_count - index) % index_count
 *         position = max(index, flip)
 *         source = hash(seed + uint_to_bytes(uint8(current_round)) + uint_to_bytes(uint32(position // 256)))
 *         byte = uint8(source[(position % 256) // 8])
 *         bit = uint8((byte >> (position % 8)) % 2)
 *         index = flip if bit else index
 */
function computeShuffledIndex(start: bigint, count: bigint, seed: Uint8Array): bigint {
  let index = start;
  for (let round = 0; round < 90; round += 1) {
    const first = sha256(seed, Uint8Array.of(round)).subarray(0, 8);
    const pivot = BigInt(`0x${Buffer.from(first.toReversed()).toString('hex')}`) % count;
    const flip = (pivot + count - index) % count;
    const position = index > flip ? index : flip;
    const block = position / 256n;
    const bytes = [0n, 8n, 16n, 24n].map((shift) => Number((block >> shift) & 255n));
    const source = sha256(seed, Uint8Array.from([round, ...bytes]));
    const byte = source[Number((position % 256n) / 8n)] as number;
    if (Math.floor(byte / 2 ** Number(position % 8n)) % 2 === 1) index = flip;
  }
  return index;
}

describe('the shuffle', () => {
  it('is a permutation of every size', () => {
    const seed = sha256('permutations');
    for (let size = 1; size <= 200; size += 1) {
      const shuffle = new Shuffle(seed, size);
      const images = Array.from({ length: size }, (_, index) => shuffle.at(index));
      expect(images.toSorted((a, b) => a - b)).toEqual(images.map((_, index) => index));
    }
  });

  it("is the consensus specification's", () => {
    const cases = fc
      .integer({ min: 1, max: 2 ** 32 })
      .chain((size) => fc.tuple(fc.constant(size), fc.integer({ min: 0, max: size - 1 }), seeds));
    fc.assert(
      fc.property(cases, ([size, index, seed]) => {
        const expected = computeShuffledIndex(BigInt(index), BigInt(size), seed);
        expect(new Shuffle(seed, size).at(index)).toBe(Number(expected));
      }),
    );
  });

  it('has not changed', () => {
    // Computed with the specification's own Python.
    const shuffle = new Shuffle(sha256('daybook'), 10);
    const images = Array.from({ length: 10 }, (_, index) => shuffle.at(index));
    expect(images).toEqual([8, 6, 2, 1, 5, 7, 9, 4, 3, 0]);
  });

  it('puts each item where its index goes', () => {
    fc.assert(
      fc.property(seeds, fc.array(fc.nat(), { maxLength: 50 }), (seed, items) => {
        const out = shuffled(seed, items);
        const shuffle = new Shuffle(seed, Math.max(items.length, 1));
        items.forEach((item, index) => expect(out[shuffle.at(index)]).toBe(item));
        expect(out.length).toBe(items.length);
      }),
    );
  });
});

describe('seeds', () => {
  const root = sha256('root');

  it('are the hashes that draws.ts names', () => {
    expect(Buffer.from(windowSeed(root, 'r', 3))).toEqual(sha256(root, 'r\n3'));
    expect(Buffer.from(auditSeed(root, 'r/3/0/0'))).toEqual(sha256(root, 'audit\nr/3/0/0'));
  });

  it('audit nothing at rate 0, everything at 10000, and about what the rate says between', () => {
    const all = Array.from({ length: 4000 }, (_, i) => auditSeed(root, `r/0/${i}/0`));
    const audited = (rate: number): number => all.filter((seed) => isAudited(seed, rate)).length;
    expect(audited(0)).toBe(0);
    expect(audited(10_000)).toBe(4000);
    // 1000 expected, standard deviation 27.
    expect(Math.abs(audited(2500) - 1000)).toBeLessThan(150);
  });
});

describe('pages', () => {
  const plan = { ...testPlan, slots: 3, innerSteps: 4, batchPages: 2 };

  it('are visited once each before any comes again', () => {
    const perWindow = plan.slots * plan.innerSteps * plan.batchPages;
    const trainPages = 4 * perWindow;
    const seen = [0, 1, 2, 3].flatMap((window) =>
      [0, 1, 2].flatMap((slot) => pagesOfSlot(plan, trainPages, window, slot)),
    );
    expect(new Set(seen).size).toBe(trainPages);
    expect(pagesOfSlot(plan, trainPages, 4, 0)).toEqual(pagesOfSlot(plan, trainPages, 0, 0));
  });

  it('are never held-out ones, and depend on the data seed alone', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 8, max: 500 }),
        fc.nat(1000),
        fc.nat(2),
        (trainPages, window, slot) => {
          const pages = pagesOfSlot(plan, trainPages, window, slot);
          expect(pages.length).toBe(8);
          expect(pages.every((page) => page >= 0 && page < trainPages)).toBe(true);
          const elsewhere = { ...plan, run: 'other', modelSeed: '33'.repeat(32) };
          expect(pagesOfSlot(elsewhere, trainPages, window, slot)).toEqual(pages);
        },
      ),
    );
  });
});
