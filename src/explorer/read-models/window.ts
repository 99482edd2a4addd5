/**
 * A window as a person reads it: who was given which slot, what became of it, who judged it and how,
 * what the validators computed, and whether the result was promoted. Participants appear as
 * `{ participant, name }`; every statement carries the sequence of the entry that makes it.
 */
import type {
  Assignment,
  AssignmentState,
  Books,
  Challenge,
  Disposition,
  PromotionDecision,
  Verdict,
  WindowBook,
  WindowState,
} from '../../projections/books.ts';
import { must } from '../../projections/books.ts';
import type { Party } from './party.ts';
import { partyOf } from './party.ts';

export interface VerdictView {
  readonly validator: Party;
  readonly sequence: number;
  readonly disposition: Disposition;
  readonly reasons: readonly string[];
  readonly observed: string | null;
  readonly recomputed: string | null;
  /** First state root that differs from the worker's trace. */
  readonly firstDivergence: number | null;
}

export interface AssignmentView {
  readonly assignment: string;
  readonly slot: number;
  readonly attempt: number;
  readonly sequence: number;
  readonly participant: Party;
  readonly state: AssignmentState;
  /** The slot's current assignment, as opposed to one that was taken back. */
  readonly current: boolean;
  readonly disposition: Disposition | null;
  readonly reasons: readonly string[];
  readonly counted: string | null;
  readonly resolvedSequence: number | null;
  readonly submission: {
    readonly sequence: number;
    readonly delta: string;
    readonly sizeBytes: number;
    readonly backend: string;
    readonly computeClass: string;
    readonly tokens: number;
    readonly elapsedMs: number;
    readonly lossFirstMicroNats: number;
    readonly lossLastMicroNats: number;
  } | null;
  readonly challenge: {
    readonly sequence: number;
    readonly panel: readonly Party[];
    readonly verdicts: readonly VerdictView[];
  } | null;
}

export interface ReportView {
  readonly validator: Party;
  readonly sequence: number;
  readonly checkpoint: string;
  readonly lossBeforeMicroNats: number;
  readonly lossAfterMicroNats: number;
}

export interface WindowView {
  readonly run: string;
  readonly window: number;
  readonly sequence: number;
  readonly state: WindowState;
  readonly revision: number;
  readonly checkpoint: string;
  readonly seed: string;
  readonly plannedMs: number;
  readonly deadlineMs: number;
  readonly sealedMs: number | null;
  readonly sealedSequence: number | null;
  readonly reconciledMs: number | null;
  readonly standby: readonly Party[];
  /** By slot, then attempt. */
  readonly assignments: readonly AssignmentView[];
  readonly reports: readonly ReportView[];
  readonly promotion: {
    readonly decision: PromotionDecision;
    readonly reasons: readonly string[];
    readonly gainBps: number | null;
    readonly sequence: number;
  } | null;
  readonly lossBeforeMicroNats: number | null;
  readonly lossAfterMicroNats: number | null;
}

/** Beside why it was rejected, how that was disputed. */
const disputeOf = ({ dispute }: Assignment): string[] =>
  dispute === undefined ? [] : [`dispute_${dispute}`];

/** A window but for what grows with its slots. */
export type WindowHead = Omit<WindowView, 'assignments'>;

export const windowView = (books: Books, window: WindowBook): WindowView => ({
  ...windowHead(books, window),
  assignments: bySlot(window).map((assignment) => assignmentView(books, window, assignment)),
});

/** By slot, then attempt. */
export const bySlot = ({ assignments }: WindowBook): Assignment[] =>
  Object.values(assignments).sort((a, b) => a.slot - b.slot || a.attempt - b.attempt);

export function windowHead(books: Books, window: WindowBook): WindowHead {
  const { aggregation, promotion } = window;
  return {
    run: window.run,
    window: window.window,
    sequence: window.sequence,
    state: window.state,
    revision: window.revision,
    checkpoint: window.checkpoint,
    seed: window.seed,
    plannedMs: window.plannedMs,
    deadlineMs: window.deadlineMs,
    sealedMs: window.sealedMs,
    sealedSequence: window.sealedSequence,
    reconciledMs: window.reconciledMs,
    standby: window.standby.map((actor) => partyOf(books, actor)),
    reports: (aggregation?.reports ?? []).map((report) => ({
      validator: partyOf(books, report.validator),
      sequence: report.sequence,
      checkpoint: report.checkpoint.digest,
      lossBeforeMicroNats: report.lossBeforeMicroNats,
      lossAfterMicroNats: report.lossAfterMicroNats,
    })),
    promotion: promotion === null ? null : { ...promotion, reasons: [...promotion.reasons] },
    lossBeforeMicroNats: window.lossBeforeMicroNats,
    lossAfterMicroNats: window.lossAfterMicroNats,
  };
}

export function assignmentView(
  books: Books,
  window: WindowBook,
  assignment: Assignment,
): AssignmentView {
  const { submission, challenge } = assignment;
  return {
    assignment: assignment.assignment,
    slot: assignment.slot,
    attempt: assignment.attempt,
    sequence: assignment.sequence,
    participant: partyOf(books, assignment.participant),
    state: assignment.state,
    current: must(window.slots[assignment.slot], 'slot') === assignment.assignment,
    disposition: assignment.disposition,
    reasons: [...assignment.reasons, ...disputeOf(assignment)],
    counted: assignment.counted,
    resolvedSequence: assignment.resolvedSequence,
    submission:
      submission === null
        ? null
        : {
            sequence: submission.sequence,
            delta: submission.delta.digest,
            sizeBytes: submission.delta.sizeBytes,
            backend: submission.backend,
            computeClass: submission.computeClass,
            tokens: submission.tokens,
            elapsedMs: submission.elapsedMs,
            lossFirstMicroNats: submission.lossFirstMicroNats,
            lossLastMicroNats: submission.lossLastMicroNats,
          },
    challenge: challenge === null ? null : challengeView(books, challenge),
  };
}

function challengeView(books: Books, challenge: Challenge): AssignmentView['challenge'] {
  return {
    sequence: challenge.sequence,
    panel: challenge.panel.map((actor) => partyOf(books, actor)),
    verdicts: challenge.verdicts.map((verdict) => verdictView(books, verdict)),
  };
}

export function verdictView(books: Books, verdict: Verdict): VerdictView {
  return {
    validator: partyOf(books, verdict.validator),
    sequence: verdict.sequence,
    disposition: verdict.disposition,
    reasons: [...verdict.reasons],
    observed: verdict.observed,
    recomputed: verdict.recomputed?.digest ?? null,
    firstDivergence: verdict.firstDivergence,
  };
}
