/** Tiles that were kept are those that the leaves give, or they are not taken for them. */
import { isLeft } from 'fp-ts/lib/Either.js';
import { expect, it } from 'vitest';
import { CompactRange, leafHash } from './merkle.ts';
import { TileLevels } from './tile-levels.ts';

function grown(size: number): { tiles: TileLevels; tree: CompactRange } {
  const [tiles, tree] = [new TileLevels(), CompactRange.empty()];
  for (let index = 0; index < size; index += 1) {
    const leaf = leafHash(Buffer.from(String(index)));
    tiles.append(leaf);
    tree.append(leaf);
  }
  return { tiles, tree };
}

/** Bytes are compared with a call for each, text at once. */
const inHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

it.each([0, 1, 255, 256, 257, 1000, 256 * 256 + 300])('of %i leaves come back', (size) => {
  const { tiles, tree } = grown(size);
  const back = TileLevels.deserialise(tiles.serialise(), tree);
  if (isLeft(back)) throw new Error(back.left.message);
  // [level]: how many of its hashes there are.
  const widths = [size % 256, Math.floor(size / 256), Math.floor(size / 65_536)];
  const hashesOf = (levels: TileLevels) =>
    widths.map((width, level) => {
      if (width === 0) return null;
      const hashes = levels.hashes(level, level === 0 ? Math.floor(size / 256) : 0, width);
      return hashes && inHex(hashes);
    });
  expect(hashesOf(back.right)).toEqual(hashesOf(tiles));
  for (let more = 0; more < 300; more += 1) {
    const leaf = leafHash(Buffer.from(`later ${more}`));
    tiles.append(leaf);
    back.right.append(leaf);
  }
  expect(inHex(back.right.serialise())).toBe(inHex(tiles.serialise()));
  expect(back.right.size).toBe(size + 300);
});

it('of another tree, or cut off, do not', () => {
  const { tiles, tree } = grown(700);
  const bytes = tiles.serialise();
  const flipped = bytes.map((byte, index) => (index === 40 ? byte ^ 1 : byte));
  for (const wrong of [flipped, bytes.subarray(32), new Uint8Array()])
    expect(isLeft(TileLevels.deserialise(wrong, tree))).toBe(true);
  expect(isLeft(TileLevels.deserialise(bytes, grown(701).tree))).toBe(true);
});
