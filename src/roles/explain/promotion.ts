/**
 * Why a window's result was promoted, held or refused: which contributions counted, what validators
 * computed from them, the quorum, and the gain against the policy's bands, computed here again.
 */
import { left, right } from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import type {
  Aggregation,
  AggregationReport,
  Disposition,
  PromotionDecision,
  WindowBook,
} from '../../projections/books.ts';
import { windowKey } from '../../projections/books.ts';
import { heldIn } from '../../projections/grouped-stages.ts';
import { gainBps } from '../../commands/rules/windows/aggregation.ts';
import type { Evidence } from './chronicle.ts';
import type { WindowDraw } from './draw.ts';
import { windowDraw } from './draw.ts';
import type { Party } from './party.ts';
import { partyOf } from './party.ts';

export interface CountedSlot extends Party {
  readonly slot: number;
  readonly assignment: string;
  readonly submission: number | null;
  readonly disposition: Disposition | null;
  readonly resolution: number | null;
  /** Digest that entered the outer step; null: left out. */
  readonly counted: string | null;
}

export interface ReportLine extends Party {
  readonly sequence: number;
  readonly checkpoint: string;
  readonly momentum: string;
  readonly lossBeforeMicroNats: number;
  readonly lossAfterMicroNats: number;
  readonly side: 'agreeing' | 'dissenting' | 'open';
}

export interface PromotionExplanation {
  readonly run: string;
  readonly window: number;
  readonly state: WindowBook['state'];
  readonly draw: WindowDraw | null;
  readonly sealed: number | null;
  readonly scored: number | null;
  readonly slots: readonly CountedSlot[];
  readonly aggregation: {
    readonly sequence: number;
    readonly checkpoint: string;
    readonly deltas: readonly string[];
    readonly validators: readonly Party[];
  } | null;
  readonly reports: readonly ReportLine[];
  readonly quorum: number | null;
  readonly agreed: number | null;
  /** By the policy in force; gain in basis points, rounded toward zero. */
  readonly gate: {
    readonly policy: number;
    readonly acceptGainBps: number;
    readonly rejectGainBps: number;
    readonly lossBeforeMicroNats: number;
    readonly lossAfterMicroNats: number;
    readonly gainBps: number;
  } | null;
  readonly decision: {
    readonly sequence: number;
    readonly decision: PromotionDecision;
    readonly reasons: readonly string[];
  } | null;
  /** Whether the gate gives that decision; null where nothing passed it. */
  readonly agrees: boolean | null;
  readonly promoted: {
    readonly sequence: number;
    readonly revision: number;
    readonly checkpoint: string;
  } | null;
}

/** @param id `<run>/<window>` */
export function explainPromotion(
  evidence: Evidence,
  id: string,
): Either<string, PromotionExplanation> {
  const [run = '', index = '', ...more] = id.split('/');
  if (!/^\d+$/.test(index) || more.length > 0)
    return left(`"${id}" is no window: write <run>/<window>`);
  const window = evidence.books.windows[windowKey(run, Number(index))];
  if (window !== undefined) return right(promotionOf(evidence, window));
  const planned = evidence.books.runs[run]?.windowsPlanned;
  return left(
    planned === undefined
      ? `there is no run ${run}; here are: ${Object.keys(evidence.books.runs).join(', ') || 'none'}`
      : `run ${run} has ${planned} window(s) so far, from 0`,
  );
}

function promotionOf(evidence: Evidence, book: WindowBook): PromotionExplanation {
  const { books, chronicle } = evidence;
  const { run, window, aggregation, promotion } = book;
  const subject = `run/${run}/window/${window}`;
  const promoted = chronicle
    .all(`run/${run}`, 'daybook.checkpoint.promoted.v1')
    .find(({ data }) => data.window === window);
  const gate = gateOf(evidence, book);
  return {
    run,
    window,
    state: book.state,
    draw: windowDraw(evidence, run, window),
    sealed: book.sealedSequence,
    scored: chronicle.last(subject, 'daybook.window.scored.v1')?.sequence ?? null,
    slots: slotsOf(evidence, book),
    aggregation:
      aggregation === null
        ? null
        : {
            sequence: aggregation.sequence,
            checkpoint: aggregation.checkpoint,
            deltas: aggregation.deltas,
            validators: aggregation.validators.map((actor) => partyOf(books, actor)),
          },
    reports: aggregation === null ? [] : reportsOf(evidence, subject, aggregation),
    quorum:
      aggregation === null
        ? null
        : (chronicle.policyAt(aggregation.sequence)?.policy.validation.quorum ?? null),
    agreed: chronicle.last(subject, 'daybook.aggregation.agreed.v1')?.sequence ?? null,
    gate,
    decision:
      promotion === null
        ? null
        : {
            sequence: promotion.sequence,
            decision: promotion.decision,
            reasons: promotion.reasons,
          },
    agrees: gate === null || promotion === null ? null : passes(gate) === promotion.decision,
    promoted:
      promoted === undefined
        ? null
        : {
            sequence: promoted.sequence,
            revision: promoted.data.revision,
            checkpoint: promoted.data.checkpoint.digest,
          },
  };
}

const slotsOf = ({ books }: Evidence, book: WindowBook): CountedSlot[] =>
  heldIn(book).map((held) => ({
    ...partyOf(books, held.participant),
    slot: held.slot,
    assignment: held.assignment,
    submission: held.submission?.sequence ?? null,
    disposition: held.disposition,
    resolution: held.resolvedSequence,
    counted: held.counted,
  }));

function reportsOf(
  { books, chronicle }: Evidence,
  subject: string,
  { reports }: Aggregation,
): ReportLine[] {
  const agreed = chronicle.last(subject, 'daybook.aggregation.agreed.v1');
  // A report that came after the agreement is in neither of its lists.
  const sideOf = ({ validator }: AggregationReport): ReportLine['side'] => {
    if (agreed?.data.agreeing.includes(validator) === true) return 'agreeing';
    return agreed?.data.dissenting.includes(validator) === true ? 'dissenting' : 'open';
  };
  return reports.map((report) => ({
    ...partyOf(books, report.validator),
    sequence: report.sequence,
    checkpoint: report.checkpoint.digest,
    momentum: report.momentum.digest,
    lossBeforeMicroNats: report.lossBeforeMicroNats,
    lossAfterMicroNats: report.lossAfterMicroNats,
    side: sideOf(report),
  }));
}

function gateOf(
  { chronicle }: Evidence,
  { lossBeforeMicroNats, lossAfterMicroNats, promotion, run, window }: WindowBook,
): PromotionExplanation['gate'] {
  if (lossBeforeMicroNats === null || lossAfterMicroNats === null || promotion === null)
    return null;
  const policy = chronicle.policyAt(promotion.sequence);
  if (policy === null) throw new Error(`invariant: ${run}/${window} was decided by a policy`);
  const { acceptGainBps, rejectGainBps } = policy.policy.promotion;
  return {
    policy: policy.sequence,
    acceptGainBps,
    rejectGainBps,
    lossBeforeMicroNats,
    lossAfterMicroNats,
    gainBps: gainBps(lossBeforeMicroNats, lossAfterMicroNats),
  };
}

function passes(gate: NonNullable<PromotionExplanation['gate']>): PromotionDecision {
  if (gate.gainBps <= gate.rejectGainBps) return 'refused_promotion';
  return gate.gainBps < gate.acceptGainBps ? 'held_no_promotion' : 'promoted_revision';
}
