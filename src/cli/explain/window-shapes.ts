/** What `explain promotion`, `selection` and `weight` say of a window, whole. */
import { meshSection } from '../../events/catalogue/policy/mesh.ts';
import { scoringSection } from '../../events/catalogue/policy/scoring.ts';
import { score } from '../../events/catalogue/scores.ts';
import { disposition } from '../../events/catalogue/validation.ts';
import type { Shape } from '../../explorer/api/shape.ts';
import {
  boolean,
  count,
  decimal,
  many,
  members,
  orNull,
  shape,
  string,
  whole,
  words,
} from '../../explorer/api/shape.ts';
import type { WindowState } from '../../projections/books.ts';
import type {
  CountedSlot,
  PromotionExplanation,
  ReportLine,
} from '../../roles/explain/promotion.ts';
import type { ChosenLine, SelectionExplanation } from '../../roles/explain/selection.ts';
import type { ShareOfWindow, VectorLine, WeightExplanation } from '../../roles/explain/weight.ts';
import { anyOf, entryAnd, lessening, named, party, partyMembers } from './named-shape.ts';
import { side, windowDraw } from './verdict-shape.ts';

const windowState: Shape<WindowState> = words(
  'planned',
  'active',
  'sealed',
  'scored',
  'reconciled',
);

const countedSlot = named<CountedSlot>({
  ...partyMembers,
  slot: count,
  assignment: string,
  submission: orNull(count),
  disposition: orNull(disposition),
  resolution: orNull(count),
  counted: orNull(string),
});

export const reportLine = named<ReportLine>({
  ...partyMembers,
  sequence: count,
  checkpoint: string,
  momentum: string,
  lossBeforeMicroNats: count,
  lossAfterMicroNats: count,
  side,
});

export const promotionShape = named<PromotionExplanation>({
  run: string,
  window: count,
  state: windowState,
  draw: orNull(windowDraw),
  sealed: orNull(count),
  scored: orNull(count),
  slots: many(countedSlot),
  aggregation: orNull(
    entryAnd({ checkpoint: string, deltas: many(string), validators: many(party) }),
  ),
  reports: many(reportLine),
  quorum: orNull(count),
  agreed: orNull(count),
  gate: orNull(
    members({
      policy: count,
      acceptGainBps: whole,
      rejectGainBps: whole,
      lossBeforeMicroNats: count,
      lossAfterMicroNats: count,
      gainBps: whole,
    }),
  ),
  decision: orNull(
    entryAnd({
      decision: words('promoted_revision', 'held_no_promotion', 'refused_promotion'),
      reasons: many(string),
    }),
  ),
  agrees: orNull(boolean),
  promoted: orNull(entryAnd({ revision: count, checkpoint: string })),
});

export const chosenLine = named<ChosenLine>({
  ...partyMembers,
  by: string,
  ordinalMicro: whole,
  rated: orNull(count),
});

type Draw = NonNullable<SelectionExplanation['selection']>;

export const selectionShape = named<SelectionExplanation>({
  run: string,
  window: count,
  draw: windowDraw,
  selection: orNull(
    named<Draw>({
      sequence: count,
      policy: orNull(count),
      terms: shape({ anyOf: [meshSection.schema, { type: 'null' }] }),
      population: count,
      eligible: count,
      passedOver: named<Draw['passedOver']>({
        absent: count,
        stale: count,
        quarantined: count,
        unready: count,
        unheard: count,
        cluster: count,
        stage: count,
      }),
      chosen: many(chosenLine),
    }),
  ),
});

export const vectorLine = named<VectorLine>({
  ...partyMembers,
  stake: decimal,
  committed: orNull(count),
  shown: orNull(count),
  commitmentHolds: orNull(boolean),
  scores: shape({ type: 'array', items: score.schema }),
  given: orNull(whole),
  clipped: orNull(whole),
  distanceBps: orNull(whole),
});

const shareOfWindow = named<ShareOfWindow>({ weight: orNull(whole), share: whole, trust: whole });

const outcome = anyOf<WeightExplanation['outcome']>(
  members({ kind: words('open') }),
  entryAnd({ kind: words('failed'), reason: string }),
  entryAnd({
    kind: words('reached'),
    recorded: orNull(shareOfWindow),
    derived: orNull(shareOfWindow),
    receipts: many(count),
  }),
);

const terms = scoringSection.schema as {
  readonly properties: object;
  readonly required: readonly string[];
};
/** The terms in force, and whose they are. */
const scoringTerms = shape<WeightExplanation['terms']>({
  ...terms,
  properties: { ...terms.properties, policy: count.schema },
  required: [...terms.required, 'policy'],
});

export const weightShape = named<WeightExplanation>({
  who: party,
  role: words('worker', 'validator'),
  run: string,
  window: count,
  terms: scoringTerms,
  requested: entryAnd({
    seed: string,
    seedHolds: orNull(boolean),
    contributions: many(string),
  }),
  sealed: orNull(count),
  vectors: many(vectorLine),
  outcome,
  agrees: orNull(boolean),
  missing: many(party),
  credits: many(entryAnd({ unit: string, amount: decimal, reason: string, transfer: string })),
  lessened: many(lessening),
});
