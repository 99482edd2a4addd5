/** The audit of disputes: every finding that decided something is made again from the answers. */
import type { EventOf, LedgerEvent } from '../../events/catalogue.ts';
import type { Assignment, Books } from '../../projections/books.ts';
import { assignmentOf, emptyBooks, must } from '../../projections/books.ts';
import type { DisputeBook } from '../../projections/dispute-book.ts';
import { foldWhole } from '../../projections/fold.ts';
import { ledgerOf } from '../../events/entry.ts';
import { findDispute } from '../disputes/find.ts';
import type { Tools } from '../recompute.ts';
import { Finding } from './check.ts';

/** A dispute as it stood when a finding decided over one of its defenders. */
export interface DecidedDispute {
  /** Of the finding, and of what follows from it. */
  readonly commandid: string;
  readonly assignment: Assignment;
  readonly dispute: DisputeBook;
}

/** @param events of a ledger from its start */
export function decidedDisputes(events: readonly LedgerEvent[]): DecidedDispute[] {
  if (events.every(({ type }) => type !== 'daybook.dispute.found.v1')) return [];
  const books = emptyBooks(ledgerOf(events[0]?.source ?? ''));
  const decided: DecidedDispute[] = [];
  let found: DecidedDispute | null = null;
  for (const event of events) {
    if (found !== null && isDecision(event, found)) decided.push(found);
    foldWhole(books, event);
    if (event.type === 'daybook.dispute.found.v1') found = standing(books, event);
    else if (event.type.startsWith('daybook.dispute.')) found = null;
  }
  return decided;
}

function isDecision(event: LedgerEvent, { dispute, commandid }: DecidedDispute): boolean {
  const { type, data } = event;
  if (event.commandid !== commandid) return false;
  const follows =
    type === 'daybook.dispute.asked.v1' ||
    type === 'daybook.dispute.referred.v1' ||
    type === 'daybook.dispute.resolved.v1';
  return follows && data.assignment === dispute.assignment;
}

function standing(
  books: Books,
  { commandid, data: { assignment: id } }: EventOf<'daybook.dispute.found.v1'>,
): DecidedDispute {
  const dispute = structuredClone(must(books.disputes?.[id], id));
  return { commandid, assignment: must(assignmentOf(books, id), id), dispute };
}

export async function checkDecided(
  { assignment, dispute }: DecidedDispute,
  books: Books,
  tools: Tools,
): Promise<void> {
  const said = must(dispute.findings.at(-1), 'finding');
  const own = await findDispute(tools, books, assignment, dispute);
  if (own.claimant !== said.claimant || own.defender !== said.defender)
    throw new Finding(
      `referees of ${assignment.assignment} found ${said.claimant} and ${said.defender}, ` +
        `recomputed it is ${own.claimant} and ${own.defender}`,
      said.sequence,
    );
}
