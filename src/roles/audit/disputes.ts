/** The audit of disputes: every finding that decided something is made again from the answers. */
import type { EventOf, LedgerEvent } from '../../events/catalogue.ts';
import type { Assignment, Books } from '../../projections/books.ts';
import { assignmentOf, must } from '../../projections/books.ts';
import type { DisputeBook } from '../../projections/dispute-book.ts';
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

/** Notes of the disputes that were decided, taken while a ledger is folded from its start. */
export class DecidedDisputes {
  readonly decided: DecidedDispute[] = [];
  /** The last finding, while it may still decide. */
  #found: DecidedDispute | null = null;

  /** @param books in which the event has just been folded, all of history in them */
  take(event: LedgerEvent, books: Books): void {
    if (this.#found !== null && isDecision(event, this.#found)) this.decided.push(this.#found);
    if (event.type === 'daybook.dispute.found.v1') this.#found = standing(books, event);
    else if (event.type.startsWith('daybook.dispute.')) this.#found = null;
  }
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
