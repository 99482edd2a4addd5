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
import type { CompactRange } from '../events/merkle.ts';
import { leafHash } from '../events/merkle.ts';
import type { MachineState, Placed } from './machine.ts';
import { apply } from './machine.ts';
import { Fault } from './ports/fault.ts';

/** @throws Fault log_corrupt when the commit contradicts itself or the tree. */
export function applyCommit(
  state: MachineState,
  commit: StoredCommit,
): { readonly state: MachineState; readonly events: LedgerEvent[] } {
  const entries = entriesOf(commit, state.tree);
  return { state: apply(state, entries), events: entries.map(({ event }) => event) };
}

/**
 * The entries of a commit that continues this tree.
 * @throws Fault log_corrupt when the commit contradicts itself or the tree.
 */
export function entriesOf(commit: StoredCommit, before: CompactRange): Placed[] {
  const corrupt = (message: string): Fault =>
    new Fault('log_corrupt', `commit ${commit.id}: ${message}`, { retryable: false });
  const lines = unpackCommit(commit);
  if (isLeft(lines)) throw corrupt(lines.left.message);
  const tree = before.clone();
  const entries = lines.right.map((line): Placed => {
    const event = decodeEvent(line);
    if (isLeft(event)) throw corrupt(`entry ${tree.size}: ${event.left.message}`);
    if (event.right.sequence !== tree.size)
      throw corrupt(`entry ${event.right.sequence} where ${tree.size} is next`);
    tree.append(leafHash(line));
    return { event: event.right, line };
  });
  if (Buffer.from(tree.root()).toString('base64') !== commit.root)
    throw corrupt('its tree root is not the one its entries give');
  return entries;
}
