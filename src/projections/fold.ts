/**
 * The fold: books after an event = recipe(books, event). One recipe a family; each handles its types
 * by exhaustive switch, so a new event that nobody folds does not compile. Recipes write into
 * whatever they are given: an immer draft for live state, a private mutable copy for replay.
 */
import { produce } from 'immer';
import type { LedgerEvent } from '../events/catalogue.ts';
import { msOfTime } from '../events/entry.ts';
import type { Books } from './books.ts';
import { commandBucket, must } from './books.ts';
import { foldMember } from './members.ts';
import { foldReward } from './rewards.ts';
import { foldRun } from './runs.ts';
import { foldWindow } from './windows.ts';

/** Apply one event in place. Shape: Books x LedgerEvent -> void. */
export function foldInto(books: Books, event: LedgerEvent): void {
  if (event.sequence !== books.ledger.size)
    throw new Error(`invariant: entry ${event.sequence} folded at ${books.ledger.size}`);
  books.ledger.size += 1;
  books.ledger.clockMs = msOfTime(event.time);
  recordCommand(books, event);

  switch (event.type) {
    case 'daybook.ledger.opened.v1':
      books.ledger.authority = event.data.authority;
      books.ledger.operator = event.data.operator;
      books.ledger.origin = event.data.origin;
      return;
    case 'daybook.clock.ticked.v1':
      return;
    case 'daybook.policy.adopted.v1':
      books.policy = event.data;
      return;
    case 'daybook.participant.admitted.v1':
    case 'daybook.participant.joined.v1':
    case 'daybook.participant.rejoined.v1':
    case 'daybook.lease.granted.v1':
    case 'daybook.participant.heartbeated.v1':
    case 'daybook.lease.renewed.v1':
    case 'daybook.participant.staled.v1':
    case 'daybook.participant.expired.v1':
    case 'daybook.lease.ended.v1':
    case 'daybook.participant.draining.v1':
    case 'daybook.participant.drained.v1':
    case 'daybook.participant.left.v1':
    case 'daybook.participant.replaced.v1':
    case 'daybook.participant.quarantined.v1':
      foldMember(books, event);
      return;
    case 'daybook.dataset.registered.v1':
    case 'daybook.run.planned.v1':
    case 'daybook.run.initializing.v1':
    case 'daybook.run.activated.v1':
    case 'daybook.run.paused.v1':
    case 'daybook.run.resumed.v1':
    case 'daybook.run.recovering.v1':
    case 'daybook.run.recovered.v1':
    case 'daybook.run.completed.v1':
    case 'daybook.run.failed.v1':
    case 'daybook.checkpoint.promoted.v1':
      foldRun(books, event);
      return;
    case 'daybook.window.planned.v1':
    case 'daybook.assignment.issued.v1':
    case 'daybook.window.activated.v1':
    case 'daybook.assignment.claimed.v1':
    case 'daybook.claim.expired.v1':
    case 'daybook.assignment.superseded.v1':
    case 'daybook.submission.committed.v1':
    case 'daybook.window.sealed.v1':
    case 'daybook.upload.completed.v1':
    case 'daybook.challenge.issued.v1':
    case 'daybook.submission.spared.v1':
    case 'daybook.verdict.recorded.v1':
    case 'daybook.panel.extended.v1':
    case 'daybook.challenge.resolved.v1':
    case 'daybook.window.scored.v1':
    case 'daybook.aggregation.requested.v1':
    case 'daybook.aggregation.reported.v1':
    case 'daybook.aggregation.agreed.v1':
    case 'daybook.promotion.decided.v1':
    case 'daybook.window.reconciled.v1':
      foldWindow(books, event);
      return;
    case 'daybook.period.opened.v1':
    case 'daybook.journal.posted.v1':
    case 'daybook.period.closed.v1':
    case 'daybook.settlement.published.v1':
      foldReward(books, event);
      return;
    default:
      event satisfies never;
  }
}

/** Live fold: a new value that shares what did not change with the old one. */
export const fold = (books: Books, events: readonly LedgerEvent[]): Books =>
  produce(books, (draft) => {
    for (const event of events) foldInto(draft, event);
  });

/** A leading entry (one that nothing in the ledger caused) is the command's own fact. */
function recordCommand(books: Books, event: LedgerEvent): void {
  const bucket = (books.commands[commandBucket(event.commandid)] ??= {});
  if (event.causationid === undefined) {
    if (bucket[event.commandid] !== undefined)
      throw new Error(`invariant: command ${event.commandid} recorded twice`);
    bucket[event.commandid] = { sequence: event.sequence, count: 1, sig: event.sig ?? '' };
  } else {
    must(bucket[event.commandid], `command ${event.commandid}`).count += 1;
  }
}
