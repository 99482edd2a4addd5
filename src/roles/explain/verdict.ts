/**
 * Why a contribution was judged as it was: who was given the work and by which draw, what was
 * committed and revealed, who was called to judge, what each of them saw and computed, which verdicts
 * made the quorum, and what followed. Every step carries the sequence of the entry that it stands on.
 */
import { left, right } from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import type { EventOf } from '../../events/catalogue.ts';
import type { Assignment, Challenge, Disposition, Verdict } from '../../projections/books.ts';
import { assignmentOf, windowKey } from '../../projections/books.ts';
import { countedBy } from '../../commands/rules/windows/challenges.ts';
import type { Evidence } from './chronicle.ts';
import type { Consequence } from './consequences.ts';
import { consequencesOf } from './consequences.ts';
import { disputeSteps } from './dispute.ts';
import type { DisputeStep } from './dispute.ts';
import type { StageLine } from './stages.ts';
import { stageLines } from './stages.ts';
import type { AuditDraw, WindowDraw } from './draw.ts';
import { auditDraw, pagesHold, windowDraw } from './draw.ts';
import type { Party } from './party.ts';
import { partyOf } from './party.ts';

export interface VerdictLine extends Party {
  readonly sequence: number;
  readonly disposition: Disposition;
  readonly reasons: readonly string[];
  /** Digest of the bytes the validator found; null when there were none. */
  readonly observed: string | null;
  readonly recomputed: string | null;
  /** Whether the validator's own computation came to what was committed. */
  readonly matches: boolean | null;
  readonly firstDivergence: number | null;
  /** What the verdict would let into the outer step. */
  readonly counted: string | null;
  readonly side: 'agreeing' | 'dissenting' | 'open';
}

export interface VerdictExplanation {
  readonly assignment: string;
  readonly run: string;
  readonly window: number;
  readonly slot: number;
  readonly attempt: number;
  readonly author: Party;
  readonly state: Assignment['state'];
  readonly draw: WindowDraw | null;
  readonly issued: {
    readonly sequence: number;
    readonly pages: readonly number[];
    /** Whether the run's plan gives these pages to this slot. */
    readonly pagesHold: boolean | null;
  };
  /** Earlier holders of the slot, and why they lost it. */
  readonly predecessors: readonly (Party & {
    readonly assignment: string;
    readonly sequence: number;
    readonly reason: string;
  })[];
  readonly claimed: number | null;
  readonly superseded: { readonly sequence: number; readonly reason: string } | null;
  readonly submission: {
    readonly sequence: number;
    readonly delta: string;
    readonly sizeBytes: number;
    readonly tokens: number;
    readonly computeClass: string;
    readonly backend: string;
  } | null;
  readonly sealed: { readonly sequence: number; readonly reason: string } | null;
  /** The entry by which the bytes became readable. */
  readonly revealed: number | null;
  readonly audit: AuditDraw | null;
  readonly extensions: readonly (Party & { readonly sequence: number; readonly reason: string })[];
  readonly verdicts: readonly VerdictLine[];
  /** Equal verdicts that the policy asks for, and where it was adopted. */
  readonly quorum: { readonly needed: number; readonly policy: number } | null;
  readonly resolution: {
    readonly sequence: number;
    readonly disposition: Disposition;
    readonly reasons: readonly string[];
    readonly counted: string | null;
    readonly agreeing: readonly Party[];
    readonly dissenting: readonly Party[];
  } | null;
  /** How it was disputed; absent: never. */
  readonly dispute?: readonly DisputeStep[];
  /** The stages of its slot; absent: one did the whole of it. */
  readonly stages?: readonly StageLine[];
  readonly consequences: readonly Consequence[];
}

/** @param id `<run>/<window>/<slot>/<attempt>`, or without the attempt: the slot's current one */
export function explainVerdict(evidence: Evidence, id: string): Either<string, VerdictExplanation> {
  const found = findAssignment(evidence, id);
  return found._tag === 'Left' ? found : right(verdictOf(evidence, found.right));
}

function findAssignment({ books }: Evidence, id: string): Either<string, Assignment> {
  const [run = '', window = '', slot = '', attempt, ...more] = id.split('/');
  if (slot === '' || more.length > 0)
    return left(`"${id}" is no assignment: write <run>/<window>/<slot> or add /<attempt>`);
  const book = books.windows[windowKey(run, Number(window))];
  if (book === undefined) {
    const runs = Object.keys(books.runs).join(', ') || 'none';
    return left(`there is no window ${run}/${window}; runs here: ${runs}`);
  }
  const current = book.slots[Number(slot)];
  if (current === undefined)
    return left(`window ${run}/${window} has slots 0 to ${book.slots.length - 1}`);
  const wanted = attempt === undefined ? current : id;
  const assignment = assignmentOf(books, wanted);
  return assignment === undefined
    ? left(`there is no assignment ${wanted}; the slot's current one is ${current}`)
    : right(assignment);
}

function verdictOf(evidence: Evidence, held: Assignment): VerdictExplanation {
  const { books, chronicle } = evidence;
  const subject = `assignment/${held.assignment}`;
  const [run = '', index = ''] = held.assignment.split('/');
  const window = Number(index);
  const sealed = chronicle.last(`run/${run}/window/${window}`, 'daybook.window.sealed.v1');
  const resolved = chronicle.last(subject, 'daybook.challenge.resolved.v1');
  const upload = chronicle.last(subject, 'daybook.upload.completed.v1');
  const audit = auditDraw(evidence, held, sealed?.sequence ?? null, upload !== null);
  const policy = audit === null ? null : chronicle.policyAt(resolved?.sequence ?? audit.sequence);
  const dispute = disputeSteps(evidence, held.assignment);
  return {
    assignment: held.assignment,
    ...(dispute.length === 0 ? {} : { dispute }),
    ...(held.stage === undefined ? {} : { stages: stageLines(evidence, held) }),
    run,
    window,
    slot: held.slot,
    attempt: held.attempt,
    author: partyOf(books, held.participant),
    state: held.state,
    draw: windowDraw(evidence, run, window),
    issued: issuedOf(evidence, held, run, window),
    predecessors: predecessorsOf(evidence, held, run, window),
    claimed: claimOf(evidence, subject),
    superseded: supersededOf(evidence, held.assignment),
    submission: submissionOf(held),
    sealed: sealed === null ? null : { sequence: sealed.sequence, reason: sealed.data.reason },
    revealed: upload?.sequence ?? null,
    audit,
    extensions: chronicle.all(subject, 'daybook.panel.extended.v1').map(({ sequence, data }) => ({
      ...partyOf(books, data.validator),
      sequence,
      reason: data.reason,
    })),
    verdicts: verdictsOf(evidence, held, held.challenge, resolved),
    quorum:
      policy === null ? null : { needed: policy.policy.validation.quorum, policy: policy.sequence },
    resolution: resolved === null ? null : resolutionOf(evidence, resolved),
    consequences: resolved === null ? [] : consequencesOf(evidence, held, resolved),
  };
}

/** Sequence of the last claim of either version. */
function claimOf({ chronicle }: Evidence, subject: string): number | null {
  const claims = [
    chronicle.last(subject, 'daybook.assignment.claimed.v1'),
    chronicle.last(subject, 'daybook.assignment.claimed.v2'),
  ].flatMap((claim) => claim?.sequence ?? []);
  return claims.length === 0 ? null : Math.max(...claims);
}

function issuedOf(
  { books, chronicle }: Evidence,
  { assignment, slot, sequence, stage }: Assignment,
  run: string,
  window: number,
): VerdictExplanation['issued'] {
  const subject = `assignment/${assignment}`;
  const event =
    chronicle.last(subject, 'daybook.assignment.issued.v1') ??
    chronicle.last(subject, 'daybook.assignment.issued.v2');
  const pages = event?.data.pages ?? [];
  return { sequence, pages, pagesHold: pagesHold(books, { run, window, slot, stage }, pages) };
}

function predecessorsOf(
  evidence: Evidence,
  { slot, attempt }: Assignment,
  run: string,
  window: number,
): VerdictExplanation['predecessors'] {
  return Array.from({ length: attempt }, (_, n) => `${run}/${window}/${slot}/${n}`).flatMap(
    (id) => {
      const lost = supersededOf(evidence, id);
      const before = assignmentOf(evidence.books, id);
      if (lost === null || before === undefined) return [];
      return [{ ...partyOf(evidence.books, before.participant), assignment: id, ...lost }];
    },
  );
}

function supersededOf({ chronicle }: Evidence, id: string): VerdictExplanation['superseded'] {
  const event = chronicle.last(`assignment/${id}`, 'daybook.assignment.superseded.v1');
  return event === null ? null : { sequence: event.sequence, reason: event.data.reason };
}

function submissionOf({ submission }: Assignment): VerdictExplanation['submission'] {
  if (submission === null) return null;
  const { sequence, delta, tokens, computeClass, backend } = submission;
  return {
    sequence,
    delta: delta.digest,
    sizeBytes: delta.sizeBytes,
    tokens,
    computeClass,
    backend,
  };
}

function verdictsOf(
  { books }: Evidence,
  held: Assignment,
  challenge: Challenge | null,
  resolved: EventOf<'daybook.challenge.resolved.v1'> | null,
): VerdictLine[] {
  const committed = held.submission?.delta.digest ?? null;
  const sideOf = ({ validator }: Verdict): VerdictLine['side'] =>
    resolved === null
      ? 'open'
      : resolved.data.agreeing.includes(validator)
        ? 'agreeing'
        : 'dissenting';
  return (challenge?.verdicts ?? []).map((verdict) => ({
    ...partyOf(books, verdict.validator),
    sequence: verdict.sequence,
    disposition: verdict.disposition,
    reasons: verdict.reasons,
    observed: verdict.observed,
    recomputed: verdict.recomputed?.digest ?? null,
    matches: verdict.recomputed === null ? null : verdict.recomputed.digest === committed,
    firstDivergence: verdict.firstDivergence,
    counted: countedBy(held, verdict),
    side: sideOf(verdict),
  }));
}

function resolutionOf(
  { books }: Evidence,
  { sequence, data }: EventOf<'daybook.challenge.resolved.v1'>,
): VerdictExplanation['resolution'] {
  return {
    sequence,
    disposition: data.disposition,
    reasons: data.reasons,
    counted: data.counted,
    agreeing: data.agreeing.map((actor) => partyOf(books, actor)),
    dissenting: data.dissenting.map((actor) => partyOf(books, actor)),
  };
}
