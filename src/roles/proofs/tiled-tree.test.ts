/** Tiles give every proof of the tree they are of, and a server that alters one gives none. */
import * as E from 'fp-ts/lib/Either.js';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leafHash } from '../../events/merkle.ts';
import { consistencyProof, inclusionProof, rootAt, subtreesOf } from '../../events/proofs.ts';
import { tilePath } from '../../events/tile.ts';
import type { Tile } from '../../events/tile.ts';
import { entryOfFetched, subtreesFromTiles } from './tiled-tree.ts';
import type { FetchTile } from './tiled-tree.ts';

const MOST = 67_000;
const subtree = subtreesOf(Array.from({ length: MOST }, (_, i) => leafHash(Buffer.from(`${i}`))));
const bytesOf = ({ level, index, width }: Tile): Uint8Array =>
  Buffer.concat(Array.from({ length: width }, (_, i) => subtree(8 * level, 256 * index + i)));
const honest: FetchTile = async (tile) => E.right(bytesOf(tile));

const sizes = [1, 2, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 65_792, MOST];
const aSize = fc.oneof(fc.constantFrom(...sizes), fc.integer({ min: 1, max: MOST }));
const headOf = (size: number) => ({ size, root: rootAt(size, subtree) });

describe('a tree in tiles', () => {
  it('gives the proofs of the tree, from a handful of tiles', async () => {
    await fc.assert(
      fc.asyncProperty(aSize, fc.nat(), fc.nat(), async (size, a, b) => {
        const [index, old] = [a % size, b % (size + 1)];
        let fetched = 0;
        const counting: FetchTile = (tile) => {
          fetched += 1;
          return honest(tile);
        };
        const tiled = await subtreesFromTiles(headOf(size), counting, (tree) => {
          inclusionProof(index, size, tree);
          consistencyProof(old, size, tree);
          tree(0, index);
        });
        if (E.isLeft(tiled)) throw new Error(tiled.left.message);
        const proofs = (tree: typeof subtree) =>
          [...inclusionProof(index, size, tree), ...consistencyProof(old, size, tree)].map((hash) =>
            Buffer.from(hash).toString('hex'),
          );
        expect(proofs(tiled.right)).toEqual(proofs(subtree));
        expect(Buffer.compare(tiled.right(0, index), subtree(0, index))).toBe(0);
        // At most three levels here: their last tiles, and two full ones each.
        expect(fetched).toBeLessThanOrEqual(9);
      }),
      { numRuns: 60 },
    );
  });

  it('is not believed when one bit of one tile is another, or a tile is missing or short', async () => {
    const needs = (size: number, index: number) => (tree: typeof subtree) => {
      inclusionProof(index, size, tree);
    };
    await fc.assert(
      fc.asyncProperty(aSize, fc.nat(), fc.nat(), fc.nat(), async (size, a, which, bit) => {
        const asked: Tile[] = [];
        const index = a % size;
        const note: FetchTile = (tile) => {
          asked.push(tile);
          return honest(tile);
        };
        await subtreesFromTiles(headOf(size), note, needs(size, index));
        const target = tilePath(asked[which % asked.length] as Tile);
        const ask = (lie: (bytes: Uint8Array) => E.Either<string, Uint8Array>) =>
          subtreesFromTiles(
            headOf(size),
            async (tile) => (tilePath(tile) === target ? lie(bytesOf(tile)) : honest(tile)),
            needs(size, index),
          );
        const flip = (bytes: Uint8Array) => {
          const at = bit % (8 * bytes.byteLength);
          bytes[at >> 3] = (bytes[at >> 3] ?? 0) ^ (1 << (at & 7));
          return E.right(bytes);
        };
        expect(await ask(flip)).toMatchObject({ left: { code: 'tiles_wrong' } });
        const short = await ask((bytes) => E.right(bytes.subarray(32)));
        expect(short).toMatchObject({ left: { code: 'tiles_wrong' } });
        expect(await ask(() => E.left('gone'))).toMatchObject({ left: { code: 'tiles_missing' } });
      }),
      { numRuns: 60 },
    );
  });
});

describe('an entry of a tile of lines', () => {
  const size = 300;
  const linesOf = (tile: number): string[] =>
    Array.from({ length: Math.min(256, size - 256 * tile) }, (_, i) => String(256 * tile + i));
  const bytes = (lines: readonly string[]): Buffer => Buffer.from(`${lines.join('\n')}\n`);
  const entry = (served: Uint8Array, index: number): string | null => {
    const line = entryOfFetched(served, index, { size, subtree });
    return line === null ? null : Buffer.from(line).toString();
  };

  it('is the line that hashes to its leaf', () => {
    expect([0, 255].map((index) => entry(bytes(linesOf(0)), index))).toEqual(['0', '255']);
    expect([256, 299].map((index) => entry(bytes(linesOf(1)), index))).toEqual(['256', '299']);
  });

  it('is not taken from a tile of other, more or fewer lines', () => {
    const lines = linesOf(1);
    const wrong = [
      lines.toSpliced(1, 1, 'x'),
      [...lines, ''],
      lines.slice(0, -1),
      [],
      ['', ...lines],
    ];
    expect(wrong.map((served) => entry(bytes(served), 257))).toEqual(wrong.map(() => null));
  });

  it('costs no memory for lines that cannot be its own', () => {
    // What a client reads of an answer at most. Kept as an array its lines took 9 GB.
    const newlines = new Uint8Array(256 * (256 * 1024 + 1)).fill(10);
    const before = process.memoryUsage().heapUsed;
    expect(entry(newlines, 3)).toBeNull();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(8 * 2 ** 20);
  });
});
