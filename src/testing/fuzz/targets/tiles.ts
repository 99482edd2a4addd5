/**
 * Tiles: what a light client is served of hashes and of lines, their paths, and what an explorer
 * kept. Whoever serves them can refuse and not deceive: accepted is only what the tree is made of.
 */
import * as E from 'fp-ts/lib/Either.js';
import { CompactRange, leafHash } from '../../../events/merkle.ts';
import { rootAt, subtreesOf } from '../../../events/proofs.ts';
import { TileLevels } from '../../../events/tile-levels.ts';
import { parseTilePath, tilePath } from '../../../events/tile.ts';
import { entryOfFetched, subtreesOfFetched, tilesFor } from '../../../roles/proofs/tiled-tree.ts';
import { bytesOfText, feedRoundTrip, looseText, promise } from '../target.ts';
import type { FuzzTarget } from '../target.ts';

/** A full tile and a part of one. */
const TREE_SIZE = 300;
const lines = Array.from({ length: TREE_SIZE }, (_, i) => bytesOfText(String(i)));
const leaves = lines.map(leafHash);
const subtree = subtreesOf(leaves);
const tree = { size: TREE_SIZE, root: rootAt(TREE_SIZE, subtree) };
const tiles = tilesFor(TREE_SIZE, (use) => void use(0, 5));
const TILES = Buffer.concat(
  tiles.flatMap(({ level, index, width }) =>
    Array.from({ length: width }, (_, i) => subtree(8 * level, 256 * index + i)),
  ),
);

/** All tiles in one: cut where a server's answers would end, the rest to the last. */
function feedTiles(input: Uint8Array): boolean {
  let at = 0;
  const answers = tiles.map(({ width }, index) => {
    const end = index === tiles.length - 1 ? input.byteLength : at + 32 * width;
    const bytes = input.subarray(at, end);
    at = end;
    return E.right<string, Uint8Array>(bytes);
  });
  if (E.isLeft(subtreesOfFetched(tree, tiles, answers))) return false;
  promise(Buffer.compare(input, TILES) === 0, 'tiles are accepted that are not of the signed tree');
  return true;
}

const ENTRY = 260;
const NEWLINE = bytesOfText('\n');
const LINES = Buffer.concat(lines.slice(256).flatMap((line) => [line, NEWLINE]));

function feedLines(input: Uint8Array): boolean {
  const line = entryOfFetched(input, ENTRY, { size: TREE_SIZE, subtree });
  if (line === null) return false;
  promise(
    Buffer.compare(line, lines[ENTRY] as Uint8Array) === 0,
    'a line is accepted that is not the entry',
  );
  return true;
}

const [levels, range] = [new TileLevels(), CompactRange.empty()];
for (const leaf of leaves) {
  levels.append(leaf);
  range.append(leaf);
}
const LEVELS = levels.serialise();

function feedLevels(input: Uint8Array): boolean {
  if (E.isLeft(TileLevels.deserialise(input, range))) return false;
  promise(Buffer.compare(input, LEVELS) === 0, 'tiles are taken for those of another tree');
  return true;
}

export const tileTargets: readonly FuzzTarget[] = [
  { name: 'tiles', samples: [TILES], edits: [], feed: feedTiles },
  { name: 'tile-lines', samples: [LINES], edits: [], feed: feedLines },
  { name: 'tile-levels', samples: [LEVELS], edits: [], feed: feedLevels },
  {
    name: 'tile-path',
    samples: [0, 5, 999, 1000, 1_234_067].flatMap((index) =>
      [256, 7].map((width) => bytesOfText(tilePath({ level: 1, index, width }))),
    ),
    edits: [],
    feed: feedRoundTrip({
      decode: (input) => parseTilePath(looseText(input)) ?? undefined,
      encode: (tile) => bytesOfText(tilePath(tile)),
    }),
  },
];
