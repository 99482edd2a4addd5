/** How an appeal ends, from its votes. */
import type { Fact, FactOf } from '../../../events/catalogue.ts';
import type { AppealBook } from '../../../projections/offence-book.ts';
import { fact } from '../rule.ts';

type Decided = FactOf<'daybook.appeal.decided.v1'>['data'];

export const votesFor = ({ votes }: AppealBook, vote: 'uphold' | 'overturn'): number =>
  votes.filter((one) => one.vote === vote).length;

export const decided = (
  appeal: AppealBook,
  outcome: Decided['outcome'],
  reason: Decided['reason'],
): Fact =>
  fact('daybook.appeal.decided.v1', {
    offence: appeal.offence,
    participant: appeal.appellant,
    outcome,
    reason,
    votes: appeal.votes.map(({ sequence }) => sequence),
    bond: appeal.terms.bond,
    bondReturned: outcome === 'overturned' || appeal.votes.length === 0,
  });

/** When time is up: by those who voted; without any, and where they balance, it stands. */
export function decidedByThose(appeal: AppealBook): Fact {
  const against = votesFor(appeal, 'overturn');
  const balance = against - votesFor(appeal, 'uphold');
  if (appeal.panel.length === 0) return decided(appeal, 'upheld', 'no_panel');
  if (appeal.votes.length === 0) return decided(appeal, 'upheld', 'no_votes');
  if (balance === 0) return decided(appeal, 'upheld', 'tie');
  return decided(appeal, balance > 0 ? 'overturned' : 'upheld', 'majority');
}
