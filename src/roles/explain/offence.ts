/**
 * What somebody was found to have done: each offence as a chain of entries, from what shows it over
 * what it took and an appeal to how it ended.
 */
import { isLeft, right } from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import type { EventOf, LedgerEvent } from '../../events/catalogue.ts';
import type { Books } from '../../projections/books.ts';
import type { OffenceKind, Rung } from '../../projections/offence-book.ts';
import { money } from '../figures.ts';
import type { Evidence } from './chronicle.ts';
import type { Party } from './party.ts';
import { findParty, partyOf } from './party.ts';

type Found = EventOf<'daybook.offence.found.v1'>;

export interface OffenceStep {
  readonly sequence: number;
  readonly step: 'evidence' | 'offence' | 'quarantine' | 'transfer' | 'appeal' | 'end';
  readonly detail: string;
}

export interface ExplainedOffence {
  readonly offence: string;
  readonly kind: OffenceKind;
  readonly rung: Rung;
  /** `open`: it can be appealed, or is. */
  readonly state: 'open' | 'final' | 'overturned';
  readonly chain: readonly OffenceStep[];
}

export interface OffenceExplanation {
  readonly participant: Party;
  /** Whether the policy has a ladder: without one nobody is found to offend. */
  readonly hasLadder: boolean;
  readonly offences: readonly ExplainedOffence[];
}

/** Left: what is wrong with the question. */
export function explainOffences(
  evidence: Evidence,
  who: string,
): Either<string, OffenceExplanation> {
  const { books, chronicle } = evidence;
  const { authority, operator } = books.ledger;
  const official = [authority, operator].find((actor) => actor !== null && actor === who);
  const asked = official ? right(partyOf(books, official)) : findParty(books, who);
  if (isLeft(asked)) return asked;
  const participant = asked.right;
  const found = chronicle.all(`participant/${participant.participant}`, 'daybook.offence.found.v1');
  const offences = found.map((event) => explained(evidence, event));
  return right({ participant, hasLadder: books.policy?.ladder !== undefined, offences });
}

function explained(evidence: Evidence, event: Found): ExplainedOffence {
  const { offence, kind, rung, appealUntilMs } = event.data;
  const ends = endsOf(evidence, event);
  const overturned = ends.some(
    (one) =>
      one.type === 'daybook.offence.overturned.v1' ||
      (one.type === 'daybook.appeal.decided.v1' && one.data.outcome === 'overturned'),
  );
  const over = ends.length > 0 || appealUntilMs === null;
  const state = overturned ? 'overturned' : over ? 'final' : 'open';
  return { offence, kind, rung, state, chain: chainOf(evidence, event, ends) };
}

function endsOf({ chronicle }: Evidence, { subject, data }: Found): LedgerEvent[] {
  const own = chronicle
    .about(subject)
    .filter(
      (event) =>
        (event.type === 'daybook.offence.settled.v1' ||
          event.type === 'daybook.offence.overturned.v1') &&
        event.data.offence === data.offence,
    );
  const decided = chronicle.last(`offence/${data.offence}`, 'daybook.appeal.decided.v1');
  return decided === null ? own : [...own, decided];
}

function chainOf(
  { books, chronicle }: Evidence,
  event: Found,
  ends: readonly LedgerEvent[],
): OffenceStep[] {
  const { sequence, subject, data } = event;
  const step = (one: LedgerEvent, kind: OffenceStep['step']): OffenceStep => ({
    sequence: one.sequence,
    step: kind,
    detail: detailOf(one, books),
  });
  const shown = data.evidence.map((ground) => {
    const one = chronicle.at(ground);
    return one === null
      ? { sequence: ground, step: 'evidence' as const, detail: '-' }
      : step(one, 'evidence');
  });
  const quarantined = chronicle
    .all(subject, 'daybook.participant.quarantined.v1')
    .filter((one) => one.commandid === event.commandid && one.sequence > sequence);
  const appeal = chronicle
    .about(`offence/${data.offence}`)
    .filter(({ type }) => type !== 'daybook.appeal.decided.v1');
  const moved = [sequence, ...ends.map((end) => end.sequence)]
    .flatMap((ground) => chronicle.postingsBecauseOf(ground))
    .filter(({ id }) => id.endsWith(data.offence));
  return [
    ...shown,
    step(event, 'offence'),
    ...quarantined.map((one) => step(one, 'quarantine')),
    ...moved.map(({ sequence: at, amount, unit, debit, credit }) => ({
      sequence: at,
      step: 'transfer' as const,
      detail: `${unit === 'micro' ? money(amount) : `${amount} ${unit} credits`} from ${debit} to ${credit}`,
    })),
    ...appeal.map((one) => step(one, 'appeal')),
    ...ends.map((one) => step(one, 'end')),
  ].sort((a, b) => a.sequence - b.sequence);
}

function detailOf(event: LedgerEvent, books: Books): string {
  const nameOf = (actor: Found['data']['participant']): string => partyOf(books, actor).name;
  switch (event.type) {
    case 'daybook.offence.found.v1':
      return `${event.data.kind}: ${event.data.rung}`;
    case 'daybook.participant.quarantined.v1':
      return `no work in ${event.data.run} until window ${event.data.untilWindow}`;
    case 'daybook.verdict.recorded.v1':
      return `${nameOf(event.actor)}: ${event.data.disposition}, computed ${event.data.recomputed?.digest ?? 'nothing'}`;
    case 'daybook.submission.committed.v1':
    case 'daybook.submission.committed.v2':
      return `${nameOf(event.actor)} committed to ${event.data.delta.digest}`;
    case 'daybook.submission.committed.v3':
      return `${nameOf(event.actor)} committed to ${event.data.output.digest}`;
    case 'daybook.challenge.resolved.v1':
      return `${event.data.disposition} by ${event.data.agreeing.map(nameOf).join(', ')}`;
    case 'daybook.evidence.submitted.v1':
      return `${event.data.kind}, brought by ${nameOf(event.actor)}`;
    case 'daybook.appeal.filed.v1':
      return `${nameOf(event.actor)}: ${event.data.statement}`;
    case 'daybook.appeal.called.v1':
      return `heard by ${event.data.panel.map(nameOf).join(', ')}`;
    case 'daybook.appeal.voted.v1':
      return `${nameOf(event.actor)}: ${event.data.vote} (${event.data.reasons.join(', ')})`;
    case 'daybook.appeal.decided.v1':
      return `${event.data.outcome} (${event.data.reason})`;
    case 'daybook.offence.settled.v1':
      return 'the time to appeal is over';
    case 'daybook.offence.overturned.v1':
      return `struck because of ${event.data.because.map((one) => `#${one}`).join(' ')}`;
    default:
      return event.type.replace(/^daybook\.|\.v\d+$/g, '');
  }
}
