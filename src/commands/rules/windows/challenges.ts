/**
 * Judgement: after the seal, submissions are drawn for recomputation; a panel of validators gives
 * verdicts; equal verdicts up to the quorum decide. A member who disagrees, falls silent or dies
 * brings in the next of the reserve, then newcomers; with nobody left in time the submission is
 * quarantined, never accepted.
 * A rejected submission costs the run nothing: the delta that the quorum recomputed takes its place.
 */
import type { EventOf, Fact } from '../../../events/catalogue.ts';
import { WINDOW_MAX } from '../../../events/codecs.ts';
import type { ActorId, Digest } from '../../../events/ids.ts';
import type {
  Assignment,
  Books,
  Challenge,
  Verdict,
  WindowBook,
} from '../../../projections/books.ts';
import {
  assignmentOf,
  must,
  openWindow,
  policyFor,
  policyOf,
  windowKeyOf,
} from '../../../projections/books.ts';
import { isLastStage, submittedIn, upstreamOf } from '../../../projections/grouped-stages.ts';
import { auditSeed, isAudited, shuffled } from '../../draws.ts';
import { strangersFirst } from '../registry/clusters.ts';
import { admitted, eligible, hasEligible, isAlive } from './eligibility.ts';
import type { Context, Timer } from '../rule.ts';
import { fact } from '../rule.ts';

/** Reasons that a resolution carries; the verdicts it names hold them all. */
const REASONS_MAX = 16;

/** Enough to outlast any real disagreement, few enough that a window's draws fit one commit. */
const RESERVE_MAX = 16;

/** As many verdicts as a resolution and its evidence can name. */
const PANEL_MAX = 64;

export function* challengeTimers(books: Books): Iterable<Timer> {
  for (const run of Object.keys(books.runs)) {
    const window = openWindow(books, run);
    if (window?.state !== 'sealed') continue;
    if (!window.drawn) {
      const timer = drawTimer(books, window);
      if (timer !== null) yield timer;
      continue;
    }
    for (const assignment of submittedIn(window)) {
      if (assignment.resolvedSequence !== null) continue;
      if (assignment.challenge !== null)
        yield* panelTimers(books, assignment, assignment.challenge);
      else if (mayDrawNext(books, window, assignment))
        yield { dueMs: 0, fire: (context) => drawAll(books, window, [assignment], context) };
    }
  }
}

function drawTimer(books: Books, window: WindowBook): Timer | null {
  const submitted = submittedIn(window);
  if (submitted.length === 0) return { dueMs: 0, fire: () => [scored(window)] };
  const { validation, window: limits } = policyOf(books, window);
  // Without a quorum of live validators the draw waits for them: nobody is judged by fewer.
  if (!hasEligible(books, 'validator', window.run, window.window, validation.quorum)) return null;
  const revealed = submitted.every((assignment) => assignment.revealed);
  return {
    dueMs: revealed ? 0 : must(window.sealedMs, 'seal time') + limits.revealMs,
    fire: (context) => {
      const first = submitted.filter((one) => upstreamOf(window, one) === null);
      return drawAll(books, window, first, context);
    },
  };
}

/** A stage is judged once it is known whether what it began with counts. */
function mayDrawNext(books: Books, window: WindowBook, assignment: Assignment): boolean {
  const { quorum } = policyOf(books, window).validation;
  return (
    upstreamOf(window, assignment)?.resolvedSequence != null &&
    hasEligible(books, 'validator', window.run, window.window, quorum)
  );
}

function drawAll(
  books: Books,
  window: WindowBook,
  assignments: readonly Assignment[],
  context: Context,
): Fact[] {
  const validators = eligible(books, 'validator', window.run, window.window);
  return assignments.map((one) => draw(books, window, one, validators, context));
}

function draw(
  books: Books,
  window: WindowBook,
  assignment: Assignment,
  validators: readonly ActorId[],
  context: Context,
): Fact {
  const policy = policyOf(books, window);
  const { validation } = policy;
  const root = context.rootAfter(must(window.sealedSequence, 'seal'));
  const seed = auditSeed(root, assignment.assignment);
  const hex = Buffer.from(seed).toString('hex');
  const sampled =
    isAudited(seed, validation.auditRateBps) ||
    isDisputed(window, assignment) ||
    // What counts in its place has to be computed.
    assignment.refusedInput !== undefined;
  if (assignment.revealed && !sampled)
    return fact('daybook.submission.spared.v1', { assignment: assignment.assignment, seed: hex });
  const order = strangersFirst(books, policy, assignment.participant, shuffled(seed, validators));
  return fact('daybook.challenge.issued.v1', {
    assignment: assignment.assignment,
    seed: hex,
    panel: order.slice(0, validation.panelSize),
    reserve: order.slice(validation.panelSize, validation.panelSize + RESERVE_MAX),
  });
}

/** Two claims to one delta: at most one of them is its author's. */
const isDisputed = (window: WindowBook, { assignment, submission }: Assignment): boolean =>
  submittedIn(window).some(
    (other) =>
      other.assignment !== assignment &&
      other.submission?.delta.digest === submission?.delta.digest,
  );

function* panelTimers(books: Books, assignment: Assignment, challenge: Challenge): Iterable<Timer> {
  const silent = outstanding(challenge);
  const gone = silent.filter((actor) => !isAlive(books, actor));
  const next = nextCalled(books, assignment.assignment, challenge);
  const lateMs = challenge.calledMs + policyFor(books, assignment.assignment).window.verdictMs;
  const called = (reason: string): Fact[] => extend(assignment, must(next, 'reserve'), reason);
  // One replacement for each member gone: extensions beyond the first panel count against them.
  const missing = silent.length === gone.length;
  const why = gone.length > 0 ? 'validator_gone' : shortOf(challenge);
  if (missing && next !== null) yield { dueMs: 0, fire: () => called(why) };
  else if (next !== null) yield { dueMs: lateMs, fire: () => called('validator_silent') };
  else yield { dueMs: lateMs, fire: () => [undecided(books, assignment, challenge)] };
}

const outstanding = (challenge: Challenge): ActorId[] =>
  challenge.panel.filter((actor) =>
    challenge.verdicts.every((verdict) => verdict.validator !== actor),
  );

/** The reserve in drawn order, then whoever has come since the draw. */
function nextCalled(books: Books, id: string, { panel, reserve }: Challenge): ActorId | null {
  if (panel.length === PANEL_MAX) return null;
  const isFree = (actor: ActorId): boolean => isAlive(books, actor) && !panel.includes(actor);
  const { run, window } = must(books.windows[windowKeyOf(id)], 'window');
  return reserve.find(isFree) ?? eligible(books, 'validator', run, window).find(isFree) ?? null;
}

const shortOf = ({ verdicts }: Challenge): string =>
  verdicts.length > 1 ? 'disagreement' : 'quorum_short';

const extend = (assignment: Assignment, validator: ActorId, reason: string): Fact[] => [
  fact('daybook.panel.extended.v1', { assignment: assignment.assignment, validator, reason }),
];

/**
 * What a verdict would let into the outer step, or into the next stage. Honest work on a refused input
 * does not count: what the validator recomputed from the right one does, if there is one.
 */
export function countedBy(assignment: Assignment, verdict: Verdict): Digest | null {
  const { refusedInput, submission } = assignment;
  if (refusedInput === null) return null;
  return verdict.disposition === 'accepted' && refusedInput === undefined
    ? must(submission, 'submission').delta.digest
    : (verdict.recomputed?.digest ?? null);
}

export function resolveOnVerdict(
  books: Books,
  event: EventOf<'daybook.verdict.recorded.v1'>,
): Fact[] {
  const assignment = must(assignmentOf(books, event.data.assignment), 'assignment');
  const challenge = must(assignment.challenge, 'challenge');
  const { quorum } = policyFor(books, assignment.assignment).validation;
  const key = (verdict: Verdict): string =>
    `${verdict.disposition} ${countedBy(assignment, verdict) ?? 'nothing'}`;
  const last = must(challenge.verdicts.at(-1), 'verdict');
  const agreeing = challenge.verdicts.filter((verdict) => key(verdict) === key(last));
  if (agreeing.length >= quorum) {
    const reasons = [...new Set(agreeing.flatMap((verdict) => verdict.reasons))]
      .sort()
      .slice(0, REASONS_MAX);
    const counted = countedBy(assignment, last);
    return [resolved(assignment, challenge, last.disposition, reasons, agreeing, counted)];
  }
  if (outstanding(challenge).length > 0) return [];
  const next = nextCalled(books, assignment.assignment, challenge);
  if (next !== null) return extend(assignment, next, shortOf(challenge));
  // Somebody not called may still come; then, and when time is up, the timers speak.
  const hopeless =
    challenge.panel.length === PANEL_MAX ||
    admitted(books, 'validator').every((actor) => challenge.panel.includes(actor));
  return hopeless ? [undecided(books, assignment, challenge)] : [];
}

function resolved(
  assignment: Assignment,
  challenge: Challenge,
  disposition: Verdict['disposition'],
  reasons: string[],
  agreeing: readonly Verdict[],
  counted: Digest | null,
): Fact {
  const with_ = new Set(agreeing.map((verdict) => verdict.validator));
  return fact('daybook.challenge.resolved.v1', {
    assignment: assignment.assignment,
    disposition,
    reasons,
    counted,
    verdicts: challenge.verdicts.map((verdict) => verdict.sequence),
    agreeing: [...with_],
    dissenting: challenge.verdicts
      .map((verdict) => verdict.validator)
      .filter((actor) => !with_.has(actor)),
  });
}

/** No quorum on what the author deserves; a delta that a quorum came to counts all the same. */
function undecided(books: Books, assignment: Assignment, challenge: Challenge): Fact {
  const { quorum } = policyFor(books, assignment.assignment).validation;
  const deltas = challenge.verdicts.map((verdict) => countedBy(assignment, verdict));
  const counted =
    deltas.find(
      (one) => one !== null && deltas.filter((other) => other === one).length >= quorum,
    ) ?? null;
  return resolved(assignment, challenge, 'quarantined', ['no_quorum'], [], counted);
}

/** Not drawn for recomputation: it stands on the universal checks it passed on the way in. */
export function acceptSpared(books: Books, event: EventOf<'daybook.submission.spared.v1'>): Fact[] {
  const assignment = must(assignmentOf(books, event.data.assignment), 'assignment');
  return [
    fact('daybook.challenge.resolved.v1', {
      assignment: assignment.assignment,
      disposition: 'accepted',
      reasons: ['not_sampled'],
      counted: must(assignment.submission, 'submission').delta.digest,
      verdicts: [],
      agreeing: [],
      dissenting: [],
    }),
  ];
}

export function quarantineRejected(
  books: Books,
  event: EventOf<'daybook.challenge.resolved.v1'>,
): Fact[] {
  if (event.data.disposition !== 'rejected') return [];
  const window = must(books.windows[windowKeyOf(event.data.assignment)], 'window');
  const assignment = must(assignmentOf(books, event.data.assignment), 'assignment');
  const { quarantineWindows } = policyOf(books, window).fraud;
  return [
    fact('daybook.participant.quarantined.v1', {
      participant: assignment.participant,
      run: window.run,
      untilWindow: Math.min(window.window + 1 + quarantineWindows, WINDOW_MAX),
      reasons: event.data.reasons,
      evidence: event.data.verdicts,
    }),
  ];
}

export function scoreWhenResolved(
  books: Books,
  event: EventOf<'daybook.challenge.resolved.v1'>,
): Fact[] {
  const window = must(books.windows[windowKeyOf(event.data.assignment)], 'window');
  const settled = submittedIn(window).every(({ resolvedSequence }) => resolvedSequence !== null);
  return settled ? [scored(window)] : [];
}

function scored(window: WindowBook): Fact {
  const slots = submittedIn(window)
    .filter(isLastStage)
    .map(({ slot, assignment, disposition, counted }) => ({
      slot,
      assignment,
      disposition: must(disposition, 'disposition'),
      counted,
    }));
  return fact('daybook.window.scored.v1', { run: window.run, window: window.window, slots });
}
