/** Steps of offences and appeals: to whoever may appeal, and to panels that hear appeals. */
import type { ActorId } from '../../events/ids.ts';
import type { Books } from '../../projections/books.ts';
import type { AppealBook } from '../../projections/offence-book.ts';
import { findOffence } from '../../projections/offences.ts';

export interface OffenceStep {
  readonly kind: 'appeal' | 'hear';
  readonly offence: string;
  readonly addressee: ActorId;
  readonly sequence: number;
}

export function appealSteps(books: Books, participant: ActorId, offence: string): OffenceStep[] {
  const record = findOffence(books, participant, offence);
  if (record?.state !== 'standing') return [];
  return [{ kind: 'appeal', offence, addressee: participant, sequence: record.sequence }];
}

export const hearingSteps = ({ offence, panel, votes, sequence }: AppealBook): OffenceStep[] =>
  panel
    .filter((actor) => votes.every(({ validator }) => validator !== actor))
    .map((addressee) => ({ kind: 'hear', offence, addressee, sequence }));

export const outstandingOffenceSteps = (books: Books): OffenceStep[] => [
  ...(books.settling ?? []).flatMap(({ participant, offence }) =>
    appealSteps(books, participant, offence),
  ),
  ...Object.values(books.appeals ?? {}).flatMap(hearingSteps),
];
