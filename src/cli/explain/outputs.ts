/**
 * What `daybook explain` prints for programs, one a kind. Every member of an explanation is named, at
 * every level, and a new one that is not does not compile.
 */
import type {
  ExplainedOffence,
  OffenceExplanation,
  OffenceStep,
} from '../../roles/explain/offence.ts';
import type { CreditLine, PayoutExplanation } from '../../roles/explain/payout.ts';
import type { PromotionExplanation, ReportLine } from '../../roles/explain/promotion.ts';
import type { JudgedCommand } from '../../roles/explain/refusal.ts';
import type { ChosenLine, SelectionExplanation } from '../../roles/explain/selection.ts';
import type { VerdictExplanation, VerdictLine } from '../../roles/explain/verdict.ts';
import type { VectorLine, WeightExplanation } from '../../roles/explain/weight.ts';
import { boolean, count, many, members, orNull, string, words } from '../../explorer/api/shape.ts';
import type { Output } from '../terminal/declared-output.ts';
import { column, oneOutput } from '../terminal/declared-output.ts';
import { money } from '../../roles/explain/money.ts';
import { entryAnd, named, party } from './named-shape.ts';
import { creditLine, payoutShape } from './payout-shape.ts';
import { verdictLine, verdictShape } from './verdict-shape.ts';
import {
  chosenLine,
  promotionShape,
  reportLine,
  selectionShape,
  vectorLine,
  weightShape,
} from './window-shapes.ts';

export const payout: Output<PayoutExplanation, CreditLine> = {
  doc: 'Why somebody is paid what it is in a period; a row is a credit.',
  shape: payoutShape,
  rowShape: creditLine,
  rows: ({ credits }) => credits,
  columns: [
    column('entry', ({ sequence }) => sequence),
    column('unit', ({ unit }) => unit),
    column('credits', ({ amount }) => amount),
    column('reason', ({ reason }) => reason),
    column('transfer', ({ transfer }) => transfer),
  ],
};

export const verdict: Output<VerdictExplanation, VerdictLine> = {
  doc: 'Why a contribution was judged as it was; a row is a verdict.',
  shape: verdictShape,
  rowShape: verdictLine,
  rows: ({ verdicts }) => verdicts,
  columns: [
    column('entry', ({ sequence }) => sequence),
    column('validator', ({ name }) => name),
    column('verdict', ({ disposition }) => disposition),
    column('reasons', ({ reasons }) => reasons.join(' ')),
    column('side', ({ side }) => side),
    column('counted', ({ counted }) => counted),
  ],
};

export const promotion: Output<PromotionExplanation, ReportLine> = {
  doc: 'Why the result of a window was promoted or not; a row is a report of the outer step.',
  shape: promotionShape,
  rowShape: reportLine,
  rows: ({ reports }) => reports,
  columns: [
    column('entry', ({ sequence }) => sequence),
    column('validator', ({ name }) => name),
    column('loss before', ({ lossBeforeMicroNats: micro }) => (micro / 1e6).toFixed(6)),
    column('loss after', ({ lossAfterMicroNats: micro }) => (micro / 1e6).toFixed(6)),
    column('side', ({ side }) => side),
    column('checkpoint', ({ checkpoint }) => checkpoint),
  ],
};

export const selection: Output<SelectionExplanation, ChosenLine> = {
  doc: 'Why these got the slots of a window; a row is somebody chosen under mesh terms.',
  shape: selectionShape,
  rowShape: chosenLine,
  rows: ({ selection: drawn }) => drawn?.chosen ?? [],
  columns: [
    column('contributor', ({ name }) => name),
    column('chosen by', ({ by }) => by),
    column('ordinal', ({ ordinalMicro }) => (ordinalMicro / 1e6).toFixed(2)),
    column('rated at', ({ rated }) => rated),
  ],
};

export const weight: Output<WeightExplanation, VectorLine> = {
  doc: 'Why somebody has its share of a scored window; a row is what a validator says.',
  shape: weightShape,
  rowShape: vectorLine,
  rows: ({ vectors }) => vectors,
  columns: [
    column('validator', ({ name }) => name),
    column('stake', ({ stake }) => money(stake)),
    column('committed', ({ committed }) => committed),
    column('shown', ({ shown }) => shown),
    column('given', ({ given }) => given),
    column('clipped', ({ clipped }) => clipped),
    column('distance bps', ({ distanceBps }) => distanceBps),
  ],
};

interface OffenceRow extends OffenceStep {
  readonly offence: string;
}

const stepName = words('evidence', 'offence', 'quarantine', 'transfer', 'appeal', 'end');
const offenceStep = named<OffenceStep>({ sequence: count, step: stepName, detail: string });

export const offence: Output<OffenceExplanation, OffenceRow> = {
  doc: 'What somebody was found to have done and what came of it; a row is a step.',
  shape: named<OffenceExplanation>({
    participant: party,
    offences: many(
      named<ExplainedOffence>({
        offence: string,
        kind: string,
        rung: string,
        state: words('open', 'final', 'overturned'),
        chain: many(offenceStep),
      }),
    ),
  }),
  rowShape: named<OffenceRow>({ offence: string, sequence: count, step: string, detail: string }),
  rows: ({ offences }) =>
    offences.flatMap(({ offence: of, chain }) => chain.map((step) => ({ offence: of, ...step }))),
  columns: [
    column('offence', ({ offence: of }) => of),
    column('entry', ({ sequence }) => sequence),
    column('step', ({ step }) => step),
    column('detail', ({ detail }) => detail),
  ],
};

const judgedCommand = named<JudgedCommand>({
  id: orNull(string),
  type: orNull(string),
  subject: orNull(string),
  actor: orNull(party),
  outcome: words('refused', 'permitted', 'recorded'),
  sequence: orNull(count),
  refusal: orNull(members({ code: string, message: string, retryable: boolean })),
  history: many(entryAnd({ type: string })),
});

/** Also of a fault, which no command is answered with. */
interface ExplainedCode {
  readonly code: string;
  readonly retryable: boolean | null;
  readonly advice: string;
  readonly judged: JudgedCommand | null;
}

export const refusal = oneOutput(
  'What a code says, and whether a command would meet it here.',
  named<ExplainedCode>({
    code: string,
    retryable: orNull(boolean),
    advice: string,
    judged: orNull(judgedCommand),
  }),
  [
    column<ExplainedCode>('code', ({ code }) => code),
    column<ExplainedCode>('later', ({ retryable }) => retryable),
    column<ExplainedCode>('outcome', ({ judged }) => judged?.outcome ?? null),
    column<ExplainedCode>('what to do', ({ advice }) => advice),
  ],
);
