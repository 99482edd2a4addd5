/**
 * A stored commit made part of a machine's state, believing nothing it says: every line is decoded,
 * sequences must be the next ones, and the tree root must come out as the commit claims.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import type { LedgerEvent } from '../events/catalogue.ts';
import { unpackCommit } from '../events/commit-codec.ts';
import type { StoredCommit } from '../events/commit.ts';
import { decodeEvent } from '../events/decode-event.ts';
import type { MachineState } from './machine.ts';
import { apply } from './machine.ts';
import { Fault } from './ports/fault.ts';

/** @throws Fault log_corrupt when the commit contradicts itself or the tree. */
export function applyCommit(
  state: MachineState,
  commit: StoredCommit,
): { readonly state: MachineState; readonly events: LedgerEvent[] } {
  const corrupt = (message: string): Fault =>
    new Fault('log_corrupt', `commit ${commit.id}: ${message}`, { retryable: false });
  const lines = unpackCommit(commit);
  if (isLeft(lines)) throw corrupt(lines.left.message);
  const events: LedgerEvent[] = [];
  let next = state;
  for (const line of lines.right) {
    const event = decodeEvent(line);
    if (isLeft(event)) throw corrupt(`entry ${next.books.ledger.size}: ${event.left.message}`);
    if (event.right.sequence !== next.books.ledger.size)
      throw corrupt(`entry ${event.right.sequence} where ${next.books.ledger.size} is next`);
    events.push(event.right);
    next = apply(next, event.right, line);
  }
  if (Buffer.from(next.tree.root()).toString('base64') !== commit.root)
    throw corrupt('its tree root is not the one its entries give');
  return { state: next, events };
}
