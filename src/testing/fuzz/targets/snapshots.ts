/**
 * Snapshots, as their party finds them when it starts again. Their books can be checked by the log
 * alone, so one that was altered may be accepted; whatever is, can be written again as it was read,
 * and the entries after it either extend it or are refused.
 */
import * as E from 'fp-ts/lib/Either.js';
import { Fault } from '../../../commands/ports/fault.ts';
import type { LogPosition } from '../../../events/ids.ts';
import { CompactRange, leafHash } from '../../../events/merkle.ts';
import { emptyBooks } from '../../../projections/books.ts';
import { foldInto } from '../../../projections/fold.ts';
import type { Snapshot } from '../../../projections/snapshot.ts';
import { decodeSnapshot, encodeSnapshot } from '../../../projections/snapshot.ts';
import { Rebuild } from '../../../roles/rebuild.ts';
import { LEDGER } from '../../desk.ts';
import { longRun } from '../../long-run.ts';
import { ndjsonOf } from '../../signed-story.ts';
import { editJson } from '../json-edits.ts';
import { BrokenPromise, declared, promise } from '../target.ts';
import type { FuzzTarget } from '../target.ts';

const desk = longRun(8);

function bytesOf(snapshot: Snapshot): Uint8Array {
  const bytes = encodeSnapshot(snapshot);
  if (E.isLeft(bytes)) throw new Error(bytes.left.message);
  return bytes.right;
}

function snapshotOf(size: number): Uint8Array {
  const books = emptyBooks(LEDGER);
  const tree = CompactRange.empty();
  const roots = new Map<number, Uint8Array>();
  for (const [index, event] of desk.events.slice(0, size).entries()) {
    foldInto(books, event);
    tree.append(leafHash(desk.lines[index] as Uint8Array));
    roots.set(event.sequence, tree.root());
  }
  return bytesOf({ ledger: LEDGER, position: size as LogPosition, tree, roots, books, views: {} });
}

function decode(input: Uint8Array): Snapshot | undefined {
  const decoded = decodeSnapshot(input, LEDGER);
  return E.isRight(decoded) ? decoded.right : undefined;
}

const SIZES = [20, 60, 200];
/** By size, lines that follow. */
const LATER = new Map(SIZES.map((size) => [size, ndjsonOf(desk.lines.slice(size, size + 4))]));
const isCorrupt = (error: unknown): boolean =>
  error instanceof Fault && error.code === 'log_corrupt';

function feedSnapshot(input: Uint8Array): boolean {
  const first = decode(input);
  if (first === undefined) return false;
  const bytes = bytesOf(first);
  const from = decode(bytes);
  if (from === undefined) throw new BrokenPromise('what it accepted is refused once written');
  promise(Buffer.compare(bytesOf(from), bytes) === 0, 'written again it has other bytes');
  const later = LATER.get(from.tree.size);
  if (later !== undefined) declared(() => new Rebuild({ from }).addLines(later), isCorrupt);
  return true;
}

export const snapshotTargets: readonly FuzzTarget[] = [
  { name: 'snapshot', samples: SIZES.map(snapshotOf), edits: [editJson], feed: feedSnapshot },
];
