/**
 * What `daybook explain` prints for programs, one a kind. Every member of an explanation is named here,
 * and a new one that is not does not compile; what is within steps and lines is an object of its own
 * (src/roles/explain/).
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
import type { AnyShape, Shape } from '../../explorer/api/shape.ts';
import {
  anyObject,
  boolean,
  count,
  decimal,
  many,
  members,
  orNull,
  shape,
  string,
  whole,
} from '../../explorer/api/shape.ts';
import type { Output } from '../terminal/declared-output.ts';
import { column, oneOutput } from '../terminal/declared-output.ts';
import { money } from '../terminal/output.ts';

/** All members of A by name: none missing, none too many. @param absent those that may be absent */
function named<A extends object>(
  of: { readonly [K in keyof A]-?: AnyShape },
  ...absent: (keyof A)[]
): Shape<A> {
  const { schema } = members(of);
  const required = Object.keys(of).filter((name) => !absent.includes(name as keyof A));
  return shape<A>({ ...schema, required });
}

const objects = many(anyObject);
const objectOrNull = orNull(anyObject);
const party = { participant: string, name: string };

const creditLine = named<CreditLine>({
  sequence: count,
  unit: string,
  amount: decimal,
  reason: string,
  transfer: string,
  chain: objects,
});

export const payout: Output<PayoutExplanation, CreditLine> = {
  doc: 'Why somebody is paid what it is in a period; a row is a credit.',
  shape: named<PayoutExplanation>({
    who: members(party),
    role: string,
    run: string,
    period: count,
    periods: count,
    state: string,
    fromWindow: count,
    throughWindow: orNull(count),
    pool: decimal,
    opened: orNull(count),
    funded: orNull(count),
    closed: orNull(count),
    settlement: orNull(count),
    policy: anyObject,
    parts: objects,
    total: decimal,
    paid: objectOrNull,
    agrees: orNull(boolean),
    credits: many(creditLine),
    taken: objects,
    unrewarded: objects,
    vesting: objectOrNull,
    corrections: objects,
    claims: objects,
    claimed: decimal,
    claimable: decimal,
  }),
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

const verdictLine = named<VerdictLine>({
  ...party,
  sequence: count,
  disposition: string,
  reasons: many(string),
  observed: orNull(string),
  recomputed: orNull(string),
  matches: orNull(boolean),
  firstDivergence: orNull(count),
  counted: orNull(string),
  side: string,
});

export const verdict: Output<VerdictExplanation, VerdictLine> = {
  doc: 'Why a contribution was judged as it was; a row is a verdict.',
  shape: named<VerdictExplanation>(
    {
      assignment: string,
      run: string,
      window: count,
      slot: count,
      attempt: count,
      author: members(party),
      state: string,
      draw: objectOrNull,
      issued: anyObject,
      predecessors: objects,
      claimed: orNull(count),
      superseded: objectOrNull,
      submission: objectOrNull,
      sealed: objectOrNull,
      revealed: orNull(count),
      audit: objectOrNull,
      extensions: objects,
      verdicts: many(verdictLine),
      quorum: objectOrNull,
      resolution: objectOrNull,
      dispute: objects,
      stages: objects,
      consequences: objects,
    },
    'dispute',
    'stages',
  ),
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

const reportLine = named<ReportLine>({
  ...party,
  sequence: count,
  checkpoint: string,
  momentum: string,
  lossBeforeMicroNats: count,
  lossAfterMicroNats: count,
  side: string,
});

export const promotion: Output<PromotionExplanation, ReportLine> = {
  doc: 'Why the result of a window was promoted or not; a row is a report of the outer step.',
  shape: named<PromotionExplanation>({
    run: string,
    window: count,
    state: string,
    draw: objectOrNull,
    sealed: orNull(count),
    scored: orNull(count),
    slots: objects,
    aggregation: objectOrNull,
    reports: many(reportLine),
    quorum: orNull(count),
    agreed: orNull(count),
    gate: objectOrNull,
    decision: objectOrNull,
    agrees: orNull(boolean),
    promoted: objectOrNull,
  }),
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

const chosenLine = named<ChosenLine>({
  ...party,
  by: string,
  ordinalMicro: whole,
  rated: orNull(count),
});

export const selection: Output<SelectionExplanation, ChosenLine> = {
  doc: 'Why these got the slots of a window; a row is somebody chosen under mesh terms.',
  shape: named<SelectionExplanation>({
    run: string,
    window: count,
    draw: anyObject,
    selection: objectOrNull,
  }),
  rowShape: chosenLine,
  rows: ({ selection: drawn }) => drawn?.chosen ?? [],
  columns: [
    column('contributor', ({ name }) => name),
    column('chosen by', ({ by }) => by),
    column('ordinal', ({ ordinalMicro }) => (ordinalMicro / 1e6).toFixed(2)),
    column('rated at', ({ rated }) => rated),
  ],
};

const vectorLine = named<VectorLine>({
  ...party,
  stake: decimal,
  committed: orNull(count),
  shown: orNull(count),
  commitmentHolds: orNull(boolean),
  scores: objects,
  given: orNull(whole),
  clipped: orNull(whole),
  distanceBps: orNull(whole),
});

export const weight: Output<WeightExplanation, VectorLine> = {
  doc: 'Why somebody has its share of a scored window; a row is what a validator says.',
  shape: named<WeightExplanation>({
    who: members(party),
    role: string,
    run: string,
    window: count,
    terms: anyObject,
    requested: anyObject,
    sealed: orNull(count),
    vectors: many(vectorLine),
    outcome: anyObject,
    agrees: orNull(boolean),
    missing: many(members(party)),
    credits: objects,
  }),
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

const offenceStep = named<OffenceStep>({ sequence: count, step: string, detail: string });

export const offence: Output<OffenceExplanation, OffenceRow> = {
  doc: 'What somebody was found to have done and what came of it; a row is a step.',
  shape: named<OffenceExplanation>({
    participant: members(party),
    offences: many(
      named<ExplainedOffence>({
        offence: string,
        kind: string,
        rung: string,
        state: string,
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
    judged: objectOrNull,
  }),
  [
    column<ExplainedCode>('code', ({ code }) => code),
    column<ExplainedCode>('later', ({ retryable }) => retryable),
    column<ExplainedCode>('outcome', ({ judged }) => judged?.outcome ?? null),
    column<ExplainedCode>('what to do', ({ advice }) => advice),
  ],
);
