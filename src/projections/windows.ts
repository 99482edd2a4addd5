/** The window book: assignments, submissions, challenges, verdicts, aggregation, promotion. */
import type { EventOf, EventOfFamily } from '../events/catalogue.ts';
import type { Assignment, Books, Submission, WindowBook } from './books.ts';
import { byName, must, policyOf, revisionOf, windowKey, windowKeyOf } from './books.ts';
import { measureWindow, noteElapsed } from './capabilities.ts';
import { isLastStage, refuseDownstream } from './grouped-stages.ts';
import { countJudged, countWindow } from './standing.ts';

type WindowEvent = EventOfFamily<
  | 'window'
  | 'assignment'
  | 'claim'
  | 'submission'
  | 'upload'
  | 'challenge'
  | 'verdict'
  | 'panel'
  | 'aggregation'
  | 'promotion'
>;
type PlannedEvent = EventOf<'daybook.window.planned.v1'>;
type NamesWindow = { readonly data: { readonly window: number } };
type WindowLevelEvent = Exclude<Extract<WindowEvent, NamesWindow>, PlannedEvent>;
type AssignmentLevelEvent = Exclude<WindowEvent, NamesWindow>;

export function foldWindow(books: Books, event: WindowEvent): void {
  if (event.type === 'daybook.window.planned.v1') {
    planWindow(books, event);
    return;
  }
  if ('window' in event.data) {
    const key = windowKey(event.data.run, event.data.window);
    foldWindowLevel(books, must(books.windows[key], `window ${key}`), event as WindowLevelEvent);
    return;
  }
  const key = windowKeyOf(event.data.assignment);
  const window = must(books.windows[key], `window ${key}`);
  const assignment = must(window.assignments[event.data.assignment], event.data.assignment);
  foldAssignmentLevel(books, window, assignment, event as AssignmentLevelEvent);
}

function planWindow(books: Books, event: PlannedEvent): void {
  const { data } = event;
  const run = must(books.runs[data.run], `run ${data.run}`);
  run.windowsPlanned = data.window + 1;
  books.windows[windowKey(data.run, data.window)] = {
    run: data.run,
    window: data.window,
    sequence: event.sequence,
    policyRevision: data.policyRevision,
    revision: data.revision,
    checkpoint: data.checkpoint,
    seed: data.seed,
    contributors: data.contributors,
    standby: data.standby,
    plannedMs: books.ledger.clockMs,
    deadlineMs: data.deadlineMs,
    state: 'planned',
    slots: [],
    assignments: byName(),
    sealedSequence: null,
    sealedMs: null,
    drawn: false,
    aggregation: null,
    promotion: null,
    lossBeforeMicroNats: null,
    lossAfterMicroNats: null,
    reconciledMs: null,
  };
}

function foldWindowLevel(books: Books, window: WindowBook, event: WindowLevelEvent): void {
  const nowMs = books.ledger.clockMs;
  switch (event.type) {
    case 'daybook.assignment.issued.v1':
    case 'daybook.assignment.issued.v2':
      window.slots[event.data.slot] = event.data.assignment;
      window.assignments[event.data.assignment] = {
        assignment: event.data.assignment,
        slot: event.data.slot,
        attempt: event.data.attempt,
        participant: event.data.participant,
        sequence: event.sequence,
        state: 'issued',
        expiresMs: event.data.expiresMs,
        session: null,
        submission: null,
        revealed: false,
        challenge: null,
        disposition: null,
        reasons: [],
        counted: null,
        resolvedSequence: null,
        ...('stage' in event.data ? { stage: event.data.stage } : {}),
      };
      return;
    case 'daybook.window.activated.v1':
      window.state = 'active';
      return;
    case 'daybook.window.sealed.v1':
      window.state = 'sealed';
      window.sealedSequence = event.sequence;
      window.sealedMs = nowMs;
      must(books.runs[window.run], `run ${window.run}`).seedFrom = event.sequence;
      return;
    case 'daybook.window.scored.v1':
      window.state = 'scored';
      measureWindow(books, window);
      return;
    case 'daybook.aggregation.requested.v1':
      window.aggregation = {
        sequence: event.sequence,
        requestedMs: nowMs,
        checkpoint: event.data.checkpoint,
        momentum: event.data.momentum,
        deltas: event.data.deltas,
        validators: event.data.validators,
        // A request that calls more validators keeps what the first ones said.
        reports: window.aggregation?.reports ?? [],
      };
      return;
    case 'daybook.aggregation.reported.v1':
      must(window.aggregation, 'aggregation').reports.push({
        validator: event.actor,
        sequence: event.sequence,
        checkpoint: event.data.checkpoint,
        momentum: event.data.momentum,
        lossBeforeMicroNats: event.data.lossBeforeMicroNats,
        lossAfterMicroNats: event.data.lossAfterMicroNats,
      });
      return;
    case 'daybook.aggregation.agreed.v1': {
      window.lossBeforeMicroNats = event.data.lossBeforeMicroNats;
      window.lossAfterMicroNats = event.data.lossAfterMicroNats;
      const revision = revisionOf(must(books.runs[window.run], 'run'), window.revision);
      must(revision, 'revision').heldOutLossMicroNats ??= event.data.lossBeforeMicroNats;
      return;
    }
    case 'daybook.promotion.decided.v1':
      window.promotion = {
        decision: event.data.decision,
        reasons: event.data.reasons,
        gainBps: event.data.gainBps,
        sequence: event.sequence,
      };
      return;
    case 'daybook.window.reconciled.v1':
      window.state = 'reconciled';
      window.reconciledMs = nowMs;
      countWindow(books, window);
      must(books.runs[window.run], `run ${window.run}`).windowsReconciled = window.window + 1;
      return;
    default:
      event satisfies never;
  }
}

function foldAssignmentLevel(
  books: Books,
  window: WindowBook,
  assignment: Assignment,
  event: AssignmentLevelEvent,
): void {
  const nowMs = books.ledger.clockMs;
  switch (event.type) {
    case 'daybook.assignment.claimed.v1':
    case 'daybook.assignment.claimed.v2':
      if ('pagesRoot' in event.data) assignment.pagesRoot = event.data.pagesRoot;
      // Claiming again in a later session buys no time: nobody keeps a slot by coming and going.
      if (assignment.state === 'issued')
        assignment.expiresMs = nowMs + policyOf(books, window).window.claimTtlMs;
      assignment.state = 'claimed';
      assignment.session = event.data.session;
      return;
    case 'daybook.claim.expired.v1':
      return;
    case 'daybook.assignment.failed.v1':
      assignment.failed = event.data.reason;
      return;
    case 'daybook.assignment.superseded.v1':
      assignment.state = 'superseded';
      assignment.reasons = [event.data.reason];
      return;
    case 'daybook.submission.committed.v1':
      noteElapsed(books, window, assignment);
      assignment.state = 'committed';
      assignment.submission = submissionOf(event);
      return;
    case 'daybook.submission.committed.v2': {
      const { feedbackFrom, feedback } = event.data;
      noteElapsed(books, window, assignment);
      assignment.state = 'committed';
      assignment.submission = { ...submissionOf(event), encoded: { feedbackFrom, feedback } };
      // It goes into one delta only: what it holds would be sent twice.
      if (feedbackFrom !== null) delete books.runs[window.run]?.feedback?.[assignment.participant];
      return;
    }
    case 'daybook.submission.committed.v3':
      noteElapsed(books, window, assignment);
      assignment.submission = submissionOf({
        ...event,
        data: { ...event.data, delta: event.data.output },
      });
      // What is handed on is there for the next stage, and so for everybody.
      assignment.revealed = !isLastStage(assignment);
      assignment.state = assignment.revealed ? 'revealed' : 'committed';
      return;
    case 'daybook.upload.completed.v1':
      assignment.revealed = true;
      if (assignment.state === 'committed') assignment.state = 'revealed';
      return;
    case 'daybook.challenge.issued.v1':
      window.drawn = true;
      assignment.state = 'challenged';
      assignment.challenge = {
        seed: event.data.seed,
        sequence: event.sequence,
        calledMs: nowMs,
        panel: [...event.data.panel],
        reserve: [...event.data.reserve],
        verdicts: [],
      };
      return;
    case 'daybook.submission.spared.v1':
      window.drawn = true;
      return;
    case 'daybook.verdict.recorded.v1':
      must(assignment.challenge, 'challenge').verdicts.push({
        validator: event.actor,
        sequence: event.sequence,
        disposition: event.data.disposition,
        reasons: event.data.reasons,
        observed: event.data.observed,
        recomputed: event.data.recomputed,
        firstDivergence: event.data.firstDivergence,
      });
      return;
    case 'daybook.panel.extended.v1': {
      const challenge = must(assignment.challenge, 'challenge');
      challenge.panel.push(event.data.validator);
      challenge.reserve = challenge.reserve.filter((actor) => actor !== event.data.validator);
      challenge.calledMs = nowMs;
      return;
    }
    case 'daybook.challenge.resolved.v1': {
      assignment.state = 'resolved';
      assignment.disposition = event.data.disposition;
      assignment.reasons = [...event.data.reasons];
      assignment.counted = event.data.counted;
      assignment.resolvedSequence = event.sequence;
      if (event.data.disposition === 'rejected' && books.policy?.dispute !== undefined)
        assignment.rejected = { atMs: nowMs, taken: {} };
      const member = must(books.members[assignment.participant], 'member');
      if (event.data.disposition === 'accepted') {
        member.accepted += 1;
        const kept = assignment.submission?.encoded?.feedback ?? null;
        const { feedback } = must(books.runs[window.run], 'run');
        if (kept !== null && feedback !== undefined) feedback[assignment.participant] = kept.digest;
      }
      if (event.data.disposition === 'rejected') member.rejected += 1;
      countJudged(books, window, assignment.participant, event);
      refuseDownstream(window, assignment);
      return;
    }
    default:
      event satisfies never;
  }
}

interface Committed {
  readonly sequence: number;
  readonly data: Omit<Submission, 'sequence' | 'encoded'>;
}

const submissionOf = ({ sequence, data }: Committed): Submission => ({
  sequence,
  delta: data.delta,
  computeClass: data.computeClass,
  backend: data.backend,
  tokens: data.tokens,
  lossFirstMicroNats: data.lossFirstMicroNats,
  lossLastMicroNats: data.lossLastMicroNats,
  trace: data.trace,
  elapsedMs: data.elapsedMs,
});
