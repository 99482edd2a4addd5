/**
 * What light clients, witnesses and those who start again read: tiles and their paths, cosignatures,
 * requests to witnesses, archived records, snapshots.
 */
import * as E from 'fp-ts/lib/Either.js';
import { base64Of } from '../../../events/base64.ts';
import { cosign, cosignaturesOf, parseWitnessKeys } from '../../../events/cosignature.ts';
import type { LogPosition } from '../../../events/ids.ts';
import { CompactRange, leafHash } from '../../../events/merkle.ts';
import { parseNote, verifierKeyOf } from '../../../events/note.ts';
import { rootAt, subtreesOf } from '../../../events/proofs.ts';
import { parseTilePath, tilePath } from '../../../events/tile.ts';
import { emptyBooks } from '../../../projections/books.ts';
import { foldInto } from '../../../projections/fold.ts';
import { WINDOWS_KEPT } from '../../../projections/archive.ts';
import { decodeSnapshot, encodeSnapshot } from '../../../projections/snapshot.ts';
import {
  formatArchived,
  parseArchived,
  parseRecordName,
  proveArchived,
  verifyArchived,
} from '../../../roles/proofs/archived-record.ts';
import { subtreesOfFetched, tilesFor } from '../../../roles/proofs/tiled-tree.ts';
import { formatAddCheckpoint, parseAddCheckpoint } from '../../../roles/witness/add-checkpoint.ts';
import { keyNamed, LEDGER } from '../../desk.ts';
import { longRun } from '../../long-run.ts';
import { signedHead, verifierKey } from '../../signed-story.ts';
import { editJson } from '../json-edits.ts';
import { editLines } from '../line-edits.ts';
import { bytesOfText, feedRoundTrip, looseText, promise } from '../target.ts';
import type { FuzzTarget } from '../target.ts';

const desk = longRun(WINDOWS_KEPT + 4);
const head = signedHead(desk.lines);
const fileText = (input: Uint8Array): string => Buffer.from(input).toString('utf8');

const records = ['windows:r/0', 'windows:r/3', 'periods:r/1', 'periods:r/40'].map((text) => {
  const name = parseRecordName(text);
  const proof = name === undefined ? null : proveArchived(desk.lines, name, head);
  if (proof === null) throw new Error(`no record ${text}`);
  return proof;
});

/** Under a root that the ledger folds to, only what was archived. */
function feedArchivedClaim(input: Uint8Array): boolean {
  const claim = verifyArchived(verifierKey, fileText(input));
  if (E.isLeft(claim)) return false;
  const { proof } = claim.right;
  const same = records.filter(({ root }) => base64Of(root) === base64Of(proof.root));
  promise(
    same.length === 0 || same.some(({ record }) => record === proof.record),
    'it verifies a record that is not in this archive',
  );
  return true;
}

const TREE_SIZE = 300;
const leaves = Array.from({ length: TREE_SIZE }, (_, i) => leafHash(Buffer.from(String(i))));
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

const witness = keyNamed('witness');
const witnessKeys = parseWitnessKeys([
  verifierKeyOf('witness.example/w', witness.actor, 'cosignatureV1'),
]);
if (E.isLeft(witnessKeys)) throw new Error(witnessKeys.left.message);
const noteText = head.slice(0, head.indexOf('\n\n') + 1);
const TIMES = [1, 1_800_000_000, 2 ** 40];
const cosigned = TIMES.map(
  (seconds) => head + cosign(witness, 'witness.example/w', noteText, seconds),
);

function feedCosigned(input: Uint8Array): boolean {
  const note = parseNote(looseText(input));
  if (E.isLeft(note)) return false;
  const found = cosignaturesOf(note.right, E.isRight(witnessKeys) ? witnessKeys.right : []);
  if (E.isLeft(found)) return false;
  for (const { timeSeconds } of found.right)
    promise(
      note.right.text === noteText && TIMES.includes(timeSeconds),
      'a witness is said to have cosigned what it did not',
    );
  return true;
}

const snapshots = [20, 60, 200].map((size) => {
  const books = emptyBooks(LEDGER);
  const range = CompactRange.empty();
  const roots = new Map<number, Uint8Array>();
  for (const [index, event] of desk.events.slice(0, size).entries()) {
    foldInto(books, event);
    range.append(leafHash(desk.lines[index] as Uint8Array));
    roots.set(event.sequence, range.root());
  }
  const position = size as LogPosition;
  const bytes = encodeSnapshot({ ledger: LEDGER, position, tree: range, roots, books, views: {} });
  if (E.isLeft(bytes)) throw new Error(bytes.left.message);
  return bytes.right;
});

export const provableTargets: readonly FuzzTarget[] = [
  { name: 'tiles', samples: [TILES], edits: [], feed: feedTiles },
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
  {
    name: 'cosignature',
    samples: cosigned.map(bytesOfText),
    edits: [editLines],
    feed: feedCosigned,
  },
  {
    name: 'add-checkpoint',
    samples: [0, 1, 3].map((count) =>
      bytesOfText(
        formatAddCheckpoint({ oldSize: count, path: leaves.slice(0, count), checkpoint: head }),
      ),
    ),
    edits: [editLines],
    feed: feedRoundTrip({
      decode: (input) => {
        const parsed = parseAddCheckpoint(fileText(input));
        return E.isRight(parsed) ? parsed.right : undefined;
      },
      encode: (request) => bytesOfText(formatAddCheckpoint(request)),
    }),
  },
  {
    name: 'archived-record',
    samples: records.map((proof) => bytesOfText(formatArchived(proof))),
    edits: [editLines],
    feed: feedRoundTrip({
      decode: (input) => {
        const parsed = parseArchived(fileText(input));
        return E.isRight(parsed) ? parsed.right : undefined;
      },
      encode: (proof) => bytesOfText(formatArchived(proof)),
    }),
  },
  {
    name: 'archived-claim',
    samples: records.map((proof) => bytesOfText(formatArchived(proof))),
    edits: [editLines],
    feed: feedArchivedClaim,
  },
  {
    name: 'snapshot',
    samples: snapshots,
    edits: [editJson],
    feed: (input) => E.isRight(decodeSnapshot(input, LEDGER)),
  },
];
