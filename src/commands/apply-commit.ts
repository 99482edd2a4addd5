/**
 * A stored commit made part of a machine's state, believing nothing it says: every line is decoded,
 * sequences must be the next ones, and the tree root must come out as the commit claims. All of that
 * is known before anything is folded.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import type { LedgerEvent } from '../events/catalogue.ts';
import { unpackCommit } from '../events/commit-codec.ts';
import type { StoredCommit } from '../events/commit.ts';
import { decodeEvent } from '../events/decode-event.ts';
import type { CompactRange, Hash } from '../events/merkle.ts';
import { leafHash } from '../events/merkle.ts';
import { fold } from '../projections/fold.ts';
import type { MachineState } from './machine.ts';
import { marksRoot, withRoots } from './machine.ts';
import { Fault } from './ports/fault.ts';

/** What a commit adds to a state. */
export interface Continuation {
  readonly events: LedgerEvent[];
  /** The tree with its entries. */
  readonly tree: CompactRange;
  /** Root right after each of them that seeds later draws, by sequence. */
  readonly roots: readonly (readonly [number, Hash])[];
}

/** @throws Fault log_corrupt when the commit contradicts itself or the tree. */
export function applyCommit(
  state: MachineState,
  commit: StoredCommit,
): { readonly state: MachineState; readonly events: LedgerEvent[] } {
  const { events, tree, roots } = continuationOf(commit, state.tree);
  const books = fold(state.books, events);
  return { state: { books, tree, roots: withRoots(state.roots, roots) }, events };
}

/**
 * The entries of a commit that continues this tree, and the tree that they make of it.
 * @throws Fault log_corrupt when the commit contradicts itself or the tree.
 */
export function continuationOf(commit: StoredCommit, before: CompactRange): Continuation {
  const corrupt = (message: string): Fault =>
    new Fault('log_corrupt', `commit ${commit.id}: ${message}`, { retryable: false });
  const lines = unpackCommit(commit);
  if (isLeft(lines)) throw corrupt(lines.left.message);
  const tree = before.clone();
  const roots: [number, Hash][] = [];
  const events = lines.right.map((line): LedgerEvent => {
    const event = decodeEvent(line);
    if (isLeft(event)) throw corrupt(`entry ${tree.size}: ${event.left.message}`);
    const { sequence } = event.right;
    if (sequence !== tree.size) throw corrupt(`entry ${sequence} where ${tree.size} is next`);
    tree.append(leafHash(line));
    if (marksRoot(event.right)) roots.push([sequence, tree.root()]);
    return event.right;
  });
  if (Buffer.from(tree.root()).toString('base64') !== commit.root)
    throw corrupt('its tree root is not the one its entries give');
  return { events, tree, roots };
}
