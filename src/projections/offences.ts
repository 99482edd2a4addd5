/** The offence books: found, settled or overturned, released; and appeals from filing to decision. */
import type { EventOf, EventOfFamily } from '../events/catalogue.ts';
import type { Books } from './books.ts';
import { byName, must } from './books.ts';
import type { OffenceRecord } from './offence-book.ts';

type OffenceEvent = EventOfFamily<'evidence' | 'offence' | 'appeal'>;

export function foldOffence(books: Books, event: OffenceEvent): void {
  switch (event.type) {
    // What it shows is an offence of its own.
    case 'daybook.evidence.submitted.v1':
      return;
    case 'daybook.offence.found.v1':
      found(books, event);
      return;
    case 'daybook.offence.settled.v1':
      conclude(offenceOf(books, event.data));
      leaveQueue(books, event.data.offence);
      return;
    case 'daybook.offence.overturned.v1':
      offenceOf(books, event.data).state = 'overturned';
      leaveQueue(books, event.data.offence);
      return;
    case 'daybook.offence.released.v1':
      for (const participant of event.data.participants)
        delete must(books.members[participant], 'member').quarantine[event.data.run];
      return;
    case 'daybook.appeal.filed.v1': {
      const { offence } = event.data;
      const { panelMs, panelSize, quorum, bond } = must(books.policy?.ladder, 'ladder terms');
      offenceOf(books, { offence, participant: event.actor }).state = 'appealed';
      leaveQueue(books, offence);
      (books.appeals ??= byName())[offence] = {
        offence,
        appellant: event.actor,
        sequence: event.sequence,
        filedMs: books.ledger.clockMs,
        terms: { panelMs, panelSize, quorum, bond },
        panel: [],
        votes: [],
      };
      return;
    }
    case 'daybook.appeal.called.v1':
      must(books.appeals?.[event.data.offence], 'appeal').panel = [...event.data.panel];
      return;
    case 'daybook.appeal.voted.v1':
      must(books.appeals?.[event.data.offence], 'appeal').votes.push({
        validator: event.actor,
        sequence: event.sequence,
        vote: event.data.vote,
      });
      return;
    case 'daybook.appeal.decided.v1': {
      const offence = offenceOf(books, event.data);
      if (event.data.outcome === 'upheld') conclude(offence);
      else offence.state = 'overturned';
      delete books.appeals?.[event.data.offence];
      return;
    }
    default:
      event satisfies never;
  }
}

function conclude(offence: OffenceRecord): void {
  offence.state = 'final';
  offence.paid = true;
}

function found(books: Books, { sequence, data }: EventOf<'daybook.offence.found.v1'>): void {
  const { participant, appealUntilMs, ...record } = data;
  const all = (books.offences ??= byName());
  const memory = books.policy?.ladder?.memoryWindows ?? 0;
  const kept = (all[participant] ?? []).filter((one) => !isForgotten(one, data, memory));
  const state = appealUntilMs === null ? 'final' : 'standing';
  all[participant] = [...kept, { ...record, sequence, state }];
  if (appealUntilMs !== null)
    (books.settling ??= []).push({ offence: data.offence, participant, untilMs: appealUntilMs });
}

/**
 * Whether it is over and counts no longer; what concerns no run counts as long as it can be appealed.
 * What took money stays, for a dispute may still overturn it: escrow runs out before such grow many.
 * So do convictions by evidence, which could be brought again: their guard bounds them.
 */
function isForgotten(
  one: OffenceRecord,
  { run, window }: { readonly run: string | null; readonly window: number | null },
  memoryWindows: number,
): boolean {
  const isOver = one.state === 'final' || one.state === 'overturned';
  const tookMoney = one.state === 'final' && one.taken.some(({ unit }) => unit === 'micro');
  if (!isOver || tookMoney || one.kind === 'forked_ledger' || one.kind === 'equivocation')
    return false;
  if (one.window === null) return true;
  return one.run === run && window !== null && one.window + memoryWindows <= window;
}

/** Of somebody; an invariant that it is there. */
export const offenceOf = (
  books: Books,
  { offence, participant }: { readonly offence: string; readonly participant: string },
): OffenceRecord => must(findOffence(books, participant, offence), `offence ${offence}`);

export const findOffence = (
  books: Books,
  participant: string,
  offence: string,
): OffenceRecord | undefined =>
  books.offences?.[participant]?.find((one) => one.offence === offence);

function leaveQueue(books: Books, offence: string): void {
  if (books.settling === undefined) return;
  books.settling = books.settling.filter((one) => one.offence !== offence);
}
