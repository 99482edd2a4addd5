/** What followed from the resolution of a contribution: standing, money, credits, the outer step. */
import type { EventOf } from '../../events/catalogue.ts';
import type { Assignment } from '../../projections/books.ts';
import { windowKeyOf } from '../../projections/books.ts';
import type { Evidence, Posting } from './chronicle.ts';
import type { Party } from './party.ts';
import { partyOf } from './party.ts';

export type Consequence =
  | {
      readonly kind: 'quarantine';
      readonly sequence: number;
      readonly who: Party;
      readonly untilWindow: number;
      readonly evidence: readonly number[];
    }
  | {
      readonly kind: 'penalty' | 'forfeit' | 'work_credit' | 'audit_credit';
      readonly sequence: number;
      readonly who: Party;
      /** Micro-units for a penalty, credits of the unit else. */
      readonly amount: string;
      readonly unit: Posting['unit'];
      readonly transfer: string;
    }
  | {
      readonly kind: 'counted' | 'left_out';
      /** Of the request that names the deltas of the outer step. */
      readonly sequence: number;
      readonly digest: string | null;
    };

export function consequencesOf(
  evidence: Evidence,
  held: Assignment,
  resolved: EventOf<'daybook.challenge.resolved.v1'>,
): Consequence[] {
  return [
    ...quarantines(evidence, held, resolved),
    ...postings(evidence, resolved),
    ...outerStep(evidence, held),
  ].sort((a, b) => a.sequence - b.sequence);
}

/** A quarantine names the verdicts it rests on, or the resolution: this one. */
function quarantines(
  { books, chronicle }: Evidence,
  { participant }: Assignment,
  { data, sequence }: EventOf<'daybook.challenge.resolved.v1'>,
): Consequence[] {
  const verdicts = data.verdicts.join();
  const restsOnIt = (evidence: readonly number[]): boolean =>
    evidence.join() === verdicts || evidence.includes(sequence);
  return chronicle
    .all(`participant/${participant}`, 'daybook.participant.quarantined.v1')
    .filter((event) => verdicts !== '' && restsOnIt(event.data.evidence))
    .map((event) => ({
      kind: 'quarantine',
      sequence: event.sequence,
      who: partyOf(books, participant),
      untilWindow: event.data.untilWindow,
      evidence: event.data.evidence,
    }));
}

const KINDS = {
  penalty: 'penalty',
  slash: 'penalty',
  forfeit: 'forfeit',
  work: 'work_credit',
  audit: 'audit_credit',
} as const;

function postings(
  { books, chronicle }: Evidence,
  { sequence }: EventOf<'daybook.challenge.resolved.v1'>,
): Consequence[] {
  return chronicle.postingsBecauseOf(sequence).flatMap((posting): Consequence[] => {
    const kind = KINDS[posting.id.split('/')[0] as keyof typeof KINDS];
    const takes = kind === 'penalty' || kind === 'forfeit';
    const owner = (takes ? posting.debit : posting.credit).split('/').at(-1);
    const member = owner === undefined ? undefined : books.members[owner];
    if (kind === undefined || member === undefined) return [];
    return [
      {
        kind,
        sequence: posting.sequence,
        who: partyOf(books, member.participant),
        amount: posting.amount,
        unit: posting.unit,
        transfer: posting.id,
      },
    ];
  });
}

function outerStep({ books, chronicle }: Evidence, held: Assignment): Consequence[] {
  const window = windowKeyOf(held.assignment);
  const [run, index] = window.split('/');
  const request = chronicle.last(`run/${run}/window/${index}`, 'daybook.aggregation.requested.v1');
  const isCurrent = books.windows[window]?.slots[held.slot] === held.assignment;
  if (request === null || !isCurrent) return [];
  const kind = held.counted === null ? 'left_out' : 'counted';
  return [{ kind, sequence: request.sequence, digest: held.counted }];
}
