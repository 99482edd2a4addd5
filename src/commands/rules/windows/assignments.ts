/**
 * Assignments: taken back when their holder is gone or nothing came of them, given to the best
 * replacement, sealed when every slot has its submission or the deadline passes. Only work not yet
 * committed is replaced: a committed submission counts whatever becomes of its author. Work that two
 * workers could not do is not tried again: its slot stays empty.
 */
import type { EventOf, Fact } from '../../../events/catalogue.ts';
import type { ActorId } from '../../../events/ids.ts';
import type { Assignment, Books, StageData, WindowBook } from '../../../projections/books.ts';
import {
  assignmentOf,
  currentAssignments,
  must,
  openWindow,
  policyOf,
  windowKey,
  windowKeyOf,
} from '../../../projections/books.ts';
import { isLastStage, submittedIn } from '../../../projections/grouped-stages.ts';
import { pagesOfSlot } from '../../draws.ts';
import { pagesOfStage, stageAfter } from '../../stage-plan.ts';
import { eligible, isOpen, openAssignmentsOf } from './eligibility.ts';
import type { Timer } from '../rule.ts';
import { fact } from '../rule.ts';
import { mayTakeOver } from './selection.ts';

/** What an assignment's id can number; after it the slot stays empty until the deadline. */
const ATTEMPT_MAX = 9999;
/** So many workers that found a slot's work impossible need no third. */
const FAILURES_MAX = 2;

const openWindows = (books: Books): WindowBook[] =>
  Object.keys(books.runs).flatMap((run) => openWindow(books, run) ?? []);

export function issue(
  books: Books,
  run: string,
  window: number,
  slot: number,
  attempt: number,
  participant: ActorId,
  nowMs: number,
  stage?: StageData,
): Fact {
  const { plan } = must(books.runs[run], `run ${run}`);
  const dataset = must(books.datasets[plan.dataset], `dataset ${plan.dataset}`);
  const trainPages = dataset.pages - dataset.heldOutPages;
  const planned = books.windows[windowKey(run, window)];
  const policy = planned === undefined ? must(books.policy, 'policy') : policyOf(books, planned);
  const pages = pagesOfSlot(plan, trainPages, window, slot);
  const issued = {
    assignment: `${run}/${window}/${slot}/${attempt}`,
    run,
    window,
    slot,
    attempt,
    participant,
    pages: pagesOfStage(plan, pages, stage),
    expiresMs: nowMs + policy.window.claimTtlMs,
  };
  return stage === undefined
    ? fact('daybook.assignment.issued.v1', issued)
    : fact('daybook.assignment.issued.v2', { ...issued, stage });
}

export function* assignmentTimers(books: Books): Iterable<Timer> {
  for (const window of openWindows(books)) {
    if (window.state !== 'active') continue;
    for (const assignment of currentAssignments(window)) {
      if (isUncommitted(assignment))
        yield {
          dueMs: assignment.expiresMs,
          fire: () => [
            fact('daybook.claim.expired.v1', {
              assignment: assignment.assignment,
              participant: assignment.participant,
            }),
          ],
        };
      else if (isVacant(window, assignment) && candidate(books, window, assignment) !== null)
        yield { dueMs: 0, fire: ({ nowMs }) => fillVacancy(books, window, assignment, nowMs) };
      else if (mayHandOn(assignment) && nextHolder(books, window, assignment) !== null)
        yield { dueMs: 0, fire: ({ nowMs }) => handOn(books, window, assignment, nowMs) };
    }
    yield { dueMs: window.deadlineMs, fire: () => [seal(window, 'deadline')] };
  }
}

const isVacant = (window: WindowBook, assignment: Assignment): boolean =>
  assignment.state === 'superseded' &&
  assignment.attempt < ATTEMPT_MAX &&
  !isGivenUp(window, assignment);

/** Workers who could not do the work of the slot, or of the stage that it has come to. */
const failedOn = (window: WindowBook, { slot, stage }: Assignment): Set<ActorId> =>
  new Set(
    Object.values(window.assignments)
      .filter(
        (one) => one.slot === slot && one.stage?.index === stage?.index && one.failed !== undefined,
      )
      .map(({ participant }) => participant),
  );

const isGivenUp = (window: WindowBook, assignment: Assignment): boolean =>
  failedOn(window, assignment).size >= FAILURES_MAX;

/** Its stage is done and another is to follow. */
const mayHandOn = (assignment: Assignment): boolean =>
  assignment.submission !== null && !isLastStage(assignment) && assignment.attempt < ATTEMPT_MAX;

const isUncommitted = (assignment: Assignment): boolean =>
  assignment.state === 'issued' || assignment.state === 'claimed';

export function seal(window: WindowBook, reason: 'complete' | 'deadline'): Fact {
  const submissions = submittedIn(window).map(({ assignment }) => assignment);
  return fact('daybook.window.sealed.v1', {
    run: window.run,
    window: window.window,
    reason,
    submissions,
  });
}

export function sealWhenComplete(
  books: Books,
  event: EventOf<'daybook.submission.committed.v1' | 'daybook.submission.committed.v2'>,
): Fact[] {
  return sealIfComplete(must(books.windows[windowKeyOf(event.data.assignment)], 'window'));
}

/** The next stage begins with what this one has come to; after the last the slot is done. */
export function goOn(
  books: Books,
  event: EventOf<'daybook.submission.committed.v3'>,
  nowMs: number,
): Fact[] {
  const window = must(books.windows[windowKeyOf(event.data.assignment)], 'window');
  const done = must(assignmentOf(books, event.data.assignment), 'assignment');
  if (isLastStage(done)) return sealIfComplete(window);
  return mayHandOn(done) && nextHolder(books, window, done) !== null
    ? handOn(books, window, done, nowMs)
    : [];
}

function handOn(books: Books, window: WindowBook, done: Assignment, nowMs: number): Fact[] {
  const { plan } = must(books.runs[window.run], 'run');
  const holder = must(nextHolder(books, window, done), 'holder');
  const { run, window: index } = window;
  return [
    issue(books, run, index, done.slot, done.attempt + 1, holder, nowMs, stageAfter(plan, done)),
  ];
}

/** Whoever has had no part in the slot comes first. */
const nextHolder = (books: Books, window: WindowBook, { slot }: Assignment): ActorId | null =>
  leastLoaded(books, window, slot, new Set(eligible(books, 'worker', window.run, window.window)));

function sealIfComplete(window: WindowBook): Fact[] {
  const complete = currentAssignments(window).every(
    (assignment) =>
      (assignment.submission !== null && isLastStage(assignment)) || isGivenUp(window, assignment),
  );
  return complete ? [seal(window, 'complete')] : [];
}

export function replaceFailed(
  books: Books,
  event: EventOf<'daybook.assignment.failed.v1'>,
  nowMs: number,
): Fact[] {
  const window = must(books.windows[windowKeyOf(event.data.assignment)], 'window');
  const assignment = must(assignmentOf(books, event.data.assignment), 'assignment');
  return [
    ...replace(books, window, assignment, event.data.reason, nowMs),
    ...sealIfComplete(window),
  ];
}

/** A participant is gone: what it had not committed goes to others. */
export function replaceParticipant(
  books: Books,
  participant: ActorId,
  reason: string,
  nowMs: number,
): Fact[] {
  return openWindows(books)
    .filter((window) => window.state === 'active')
    .flatMap((window) => {
      const given: ActorId[] = [];
      return openAssignmentsOf(window, participant)
        .filter(isUncommitted)
        .flatMap((assignment) => replace(books, window, assignment, reason, nowMs, given));
    });
}

export function replaceExpired(
  books: Books,
  event: EventOf<'daybook.claim.expired.v1'>,
  nowMs: number,
): Fact[] {
  const window = must(books.windows[windowKeyOf(event.data.assignment)], 'window');
  const assignment = must(assignmentOf(books, event.data.assignment), 'assignment');
  return replace(books, window, assignment, 'claim_expired', nowMs);
}

function replace(
  books: Books,
  window: WindowBook,
  old: Assignment,
  reason: string,
  nowMs: number,
  /** Who takes over other slots by the same fact, which no book shows yet; one is added. */
  given: ActorId[] = [],
): Fact[] {
  const last = old.attempt === ATTEMPT_MAX || isGivenUp(window, old);
  const replacement = last ? null : candidate(books, window, old, given);
  if (replacement !== null) given.push(replacement);
  const superseded = (by: string | null): Fact =>
    fact('daybook.assignment.superseded.v1', {
      assignment: old.assignment,
      participant: old.participant,
      reason,
      by,
    });
  if (replacement === null) return [superseded(null)];
  const attempt = old.attempt + 1;
  const next = `${window.run}/${window.window}/${old.slot}/${attempt}`;
  return [
    superseded(next),
    fact('daybook.participant.replaced.v1', {
      participant: old.participant,
      replacement,
      assignment: next,
      reason,
    }),
    issue(books, window.run, window.window, old.slot, attempt, replacement, nowMs, old.stage),
  ];
}

function fillVacancy(books: Books, window: WindowBook, old: Assignment, nowMs: number): Fact[] {
  const replacement = must(candidate(books, window, old), 'candidate');
  const { run, window: index } = window;
  const attempt = old.attempt + 1;
  return [issue(books, run, index, old.slot, attempt, replacement, nowMs, old.stage)];
}

/**
 * What each has open or has lost: a worker that keeps losing its work must not keep a slot from the
 * others. Lost work is no longer open.
 */
function loadsIn(window: WindowBook): Map<ActorId, number> {
  const loads = new Map<ActorId, number>();
  const count = ({ participant }: Assignment): unknown =>
    loads.set(participant, (loads.get(participant) ?? 0) + 1);
  for (const held of currentAssignments(window)) if (isOpen(held)) count(held);
  for (const lost of Object.values(window.assignments))
    if (lost.state === 'superseded') count(lost);
  return loads;
}

/** Having done a stage of a slot outweighs whatever else a worker has in the window. */
const STAGE_LOAD = 1_000_000;

/** How many stages of the slot each has done. */
function stagesHeld(window: WindowBook, slot: number): Map<ActorId, number> {
  const held = new Map<ActorId, number>();
  for (const one of Object.values(window.assignments))
    if (one.slot === slot && one.submission !== null)
      held.set(one.participant, (held.get(one.participant) ?? 0) + 1);
  return held;
}

/**
 * Who takes a slot over: whoever has done no stage of it, then the fewest assignments open or lost in
 * this window, then the standby ranking, then the contributors in drawn order, then newcomers by key. Neither its holder nor who
 * could not do its work.
 */
function candidate(
  books: Books,
  window: WindowBook,
  old: Assignment,
  given: readonly ActorId[] = [],
): ActorId | null {
  const live = new Set(eligible(books, 'worker', window.run, window.window));
  if (old.state !== 'superseded') live.delete(old.participant);
  for (const actor of failedOn(window, old)) live.delete(actor);
  return leastLoaded(books, window, old.slot, live, given);
}

function leastLoaded(
  books: Books,
  window: WindowBook,
  slot: number,
  live: ReadonlySet<ActorId>,
  given: readonly ActorId[] = [],
): ActorId | null {
  const ranking = new Set([...window.standby, ...window.contributors, ...live]);
  const loads = loadsIn(window);
  const stagesOf = stagesHeld(window, slot);
  const mayTake = mayTakeOver(books, window, slot, given);
  let best: { actor: ActorId; load: number } | null = null;
  for (const actor of ranking) {
    const load = (loads.get(actor) ?? 0) + (stagesOf.get(actor) ?? 0) * STAGE_LOAD;
    if ((best !== null && load >= best.load) || !live.has(actor) || !mayTake(actor)) continue;
    best = { actor, load };
    if (load === 0) break;
  }
  return best?.actor ?? null;
}
