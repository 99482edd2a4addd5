import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HASH_BYTES, leafHash } from './merkle.ts';
import { rootAt, subtreesOf } from './proofs.ts';
import { TileLevels } from './tile-levels.ts';
import { parseTilePath, parseTileSuffix, subtreesOfTiles, tilePath, tileWidth } from './tile.ts';

const leaves = Array.from({ length: 70_000 }, (_, i) => leafHash(Buffer.from(`${i}`)));
const subtree = subtreesOf(leaves);

describe('the path of a tile', () => {
  it('is as the specification writes it', () => {
    expect(tilePath({ level: 1, index: 1_234_067, width: 256 })).toBe('tile/1/x001/x234/067');
    expect(tilePath({ level: 0, index: 0, width: 1 })).toBe('tile/0/000.p/1');
  });

  it('is the only one that is understood as this tile', () => {
    const aTile = fc.record({
      level: fc.integer({ min: 0, max: 63 }),
      index: fc.oneof(fc.nat({ max: 2000 }), fc.maxSafeNat()),
      width: fc.integer({ min: 1, max: 256 }),
    });
    fc.assert(
      fc.property(aTile, (tile) => {
        expect(parseTilePath(tilePath(tile))).toEqual(tile);
      }),
    );
    for (const path of [
      'tile/0/1',
      'tile/0/0000',
      'tile/00/000',
      'tile/64/000',
      'tile/-1/000',
      'tile/0/x000/001',
      'tile/0/001/001',
      'tile/0/x001',
      'tile/0/000.p/0',
      'tile/0/000.p/01',
      'tile/0/000.p/256',
      'tile/0/000.p/257',
      'tile/0/000.p/',
      'tile/0/000/',
      'tile/0/x999/x999/x999/x999/x999/999',
      'tile/data/000',
    ])
      expect([path, parseTilePath(path)]).toEqual([path, null]);
    expect(parseTileSuffix('x001/234.p/7')).toEqual({ index: 1234, width: 7 });
  });

  it('leads to the widths of the example of the specification', () => {
    const widths = (level: number, index: number) => tileWidth(level, index, 70_000);
    expect([widths(0, 272), widths(0, 273), widths(0, 274)]).toEqual([256, 112, 0]);
    expect([widths(1, 0), widths(1, 1), widths(2, 0), widths(3, 0)]).toEqual([256, 17, 1, 0]);
    expect([tileWidth(0, 0, 256), tileWidth(1, 0, 256)]).toEqual([256, 1]);
  });
});

describe('the tiles of a tree', () => {
  const levels = new TileLevels();
  for (const leaf of leaves) levels.append(leaf);
  const leavesOf = (index: number, width: number) =>
    Buffer.concat(leaves.slice(256 * index, 256 * index + width));

  it('hold the hashes of its subtrees, at every level and width', () => {
    for (const [level, index] of [
      [0, 273] as const,
      [1, 0] as const,
      [1, 1] as const,
      [2, 0] as const,
    ]) {
      const width = tileWidth(level, index, 70_000);
      const bytes = levels.hashes(level, index, width) as Uint8Array;
      expect(bytes.byteLength).toBe(width * HASH_BYTES);
      for (const at of [0, width >> 1, width - 1]) {
        const hash = bytes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES);
        expect(Buffer.from(hash)).toEqual(Buffer.from(subtree(8 * level, 256 * index + at)));
      }
    }
    expect(levels.hashes(0, 3, 256)).toBeNull();
    expect(Buffer.from(levels.fullTile(3))).toEqual(Buffer.from(subtree(8, 3)));
  });

  it('give the root of every smaller tree', () => {
    const tiles = (size: number) =>
      subtreesOfTiles((level, index) => {
        const width = tileWidth(level, index, size);
        return levels.hashes(level, index, width) ?? leavesOf(index, width);
      });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 70_000 }), (size) => {
        expect(Buffer.from(rootAt(size, tiles(size)))).toEqual(Buffer.from(rootAt(size, subtree)));
      }),
      { numRuns: 50, examples: [[1], [255], [256], [257], [65_536], [65_537]] },
    );
  });
});
