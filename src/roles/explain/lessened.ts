/**
 * What made a credit less than the work behind it: the stage of who earned it, and offences for which
 * its work weighs less. Both are read off the entries before the credit, for what holds now may not
 * have held then.
 */
import { deweightsIn } from '../../commands/rules/discipline/sanctions.ts';
import { payBps } from '../../commands/rules/windows/admission.ts';
import { earnerOf } from '../../projections/balances.ts';
import { must, windowKey } from '../../projections/books.ts';
import type { Policy } from '../../projections/books.ts';
import type { Stage } from '../../projections/standing-book.ts';
import type { Evidence, Posting } from './chronicle.ts';

export interface Lessening {
  readonly by: 'canary' | 'limited' | 'offence';
  /** What is left, in 1/10,000. */
  readonly bps: number;
  /** Of the entry that made it so; null: the participant began so. */
  readonly sequence: number | null;
}

/** Of a credit that a window gave, or that came later and is whole. */
export function lessenedBy(
  evidence: Evidence,
  { sequence, credit }: Pick<Posting, 'sequence' | 'credit'>,
): Lessening[] {
  const subject = evidence.chronicle.at(sequence)?.subject ?? '';
  const [, run, window] = /^journal\/credit\/([^/]+)\/(\d+)$/.exec(subject) ?? [];
  if (run === undefined) return [];
  return lessenedIn(evidence, run, Number(window), earnerOf(credit));
}

/** In the order in which they are applied, each rounded down; none before the window is credited. */
export function lessenedIn(
  evidence: Evidence,
  run: string,
  window: number,
  participant: string,
): Lessening[] {
  const { chronicle, books } = evidence;
  const credited = chronicle.last(`journal/credit/${run}/${window}`, 'daybook.journal.posted.v1');
  if (credited === null) return [];
  const planned = must(books.windows[windowKey(run, window)], 'window').sequence;
  const { policy } = must(chronicle.policyAt(planned), 'policy');
  const { sequence } = credited;
  return [
    ...stageThen(evidence, participant, sequence, policy),
    ...offenceThen(evidence, participant, { sequence, run, window }, policy),
  ];
}

function stageThen(
  { chronicle }: Evidence,
  participant: string,
  before: number,
  { admission }: Policy,
): Lessening[] {
  if (admission === undefined) return [];
  let then: { stage: Stage; sequence: number | null } = { stage: 'canary', sequence: null };
  /** What a rejection took, until it is overturned. */
  let taken: Stage | null = null;
  for (const event of chronicle.about(`participant/${participant}`)) {
    const { sequence } = event;
    if (sequence >= before) break;
    if (event.type === 'daybook.stage.advanced.v1') {
      then = { stage: event.data.to, sequence };
      taken = null;
    } else if (event.type === 'daybook.stage.failed.v1') {
      then = { stage: 'canary', sequence };
      taken = event.data.reason === 'rejected_contribution' ? event.data.from : null;
    } else if (event.type === 'daybook.participant.reinstated.v1' && taken !== null) {
      then = { stage: taken, sequence };
      taken = null;
    }
  }
  const { stage, sequence } = then;
  if (stage === 'full') return [];
  const bps = payBps(stage, admission);
  return bps === 10_000 ? [] : [{ by: stage, bps, sequence }];
}

function offenceThen(
  { books, chronicle }: Evidence,
  participant: string,
  then: { readonly sequence: number; readonly run: string; readonly window: number },
  { ladder }: Policy,
): Lessening[] {
  if (ladder === undefined) return [];
  const overturned = chronicle
    .all(`participant/${participant}`, 'daybook.offence.overturned.v1')
    .filter(({ sequence }) => sequence < then.sequence)
    .map(({ data }) => data.offence);
  const offence = (books.offences?.[participant] ?? []).find(
    (one) =>
      one.sequence < then.sequence &&
      !overturned.includes(one.offence) &&
      deweightsIn(one, then.run, then.window),
  );
  if (offence === undefined) return [];
  return [{ by: 'offence', bps: ladder.deweightBps, sequence: offence.sequence }];
}
