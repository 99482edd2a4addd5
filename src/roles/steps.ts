/**
 * Step commands: what the authority puts into a participant's durable queue. A step only points
 * into the ledger; whoever receives it reads its own fold of the log for what is to be done, so a
 * forged or stale step can waste a look but never misdirect work. Which facts cause which steps,
 * and which steps are still outstanding, is derived from the books alone.
 */
import type { LedgerEvent } from '../events/catalogue.ts';
import type { ActorId } from '../events/ids.ts';
import type { Assignment, Books, WindowBook } from '../projections/books.ts';
import type { Scoring } from '../projections/scoring-book.ts';
import { openScorings, owes, scoringOf } from '../projections/scoring.ts';
import type { DisputeBook } from '../projections/dispute-book.ts';
import { assignmentOf, must, openWindow } from '../projections/books.ts';
import { heldIn } from '../projections/grouped-stages.ts';
import { keyOf } from '../projections/identities.ts';
import type { OffenceStep } from './appeals/steps.ts';
import { appealSteps, hearingSteps, outstandingOffenceSteps } from './appeals/steps.ts';

/** `offer`: of a run. `show`: judges need the error feedback that went into an encoded delta. */
export const STEP_KINDS = [
  'train',
  'reveal',
  'show',
  'judge',
  'aggregate',
  'score',
  'show-scores',
  'contest',
  'answer',
  'referee',
  'offer',
  'appeal',
  'hear',
] as const;
export type StepKind = (typeof STEP_KINDS)[number];

export interface Step {
  readonly kind: StepKind;
  /** Assignment id, `<run>/<window>` for aggregation and scores, a run, or an offence. */
  readonly about: string;
  /** The entry that called for it: fold this far before looking. */
  readonly sequence: number;
}

export interface AddressedStep extends Step {
  readonly id: string;
  readonly addressee: ActorId;
}

const step = (
  kind: Step['kind'],
  about: string,
  addressee: ActorId,
  sequence: number,
  id = `${kind}:${about}:${addressee}`,
): AddressedStep => ({ id, kind, about, addressee, sequence });

/** Steps that a fact just recorded calls for, to the keys that are in force. */
export const stepsCausedBy = (event: LedgerEvent, books: Books): AddressedStep[] =>
  event.type === 'daybook.identity.rotated.v1'
    ? // What waits for its old key comes to the new one.
      outstandingSteps(books).filter(({ addressee }) => addressee === event.data.key)
    : toKeysInForce(books, causedBy(event, books));

const toKeysInForce = (books: Books, steps: readonly AddressedStep[]): AddressedStep[] =>
  steps.map((one) => ({ ...one, addressee: keyOf(books, one.addressee) }));

function causedBy(event: LedgerEvent, books: Books): AddressedStep[] {
  const { sequence } = event;
  switch (event.type) {
    case 'daybook.assignment.issued.v1':
    case 'daybook.assignment.issued.v2':
      return [step('train', event.data.assignment, event.data.participant, sequence)];
    case 'daybook.window.sealed.v1': {
      const window = must(books.windows[`${event.data.run}/${event.data.window}`], 'window');
      return event.data.submissions
        .map((id) => must(window.assignments[id], id))
        .filter(({ revealed }) => !revealed)
        .map(({ assignment, participant }) => step('reveal', assignment, participant, sequence));
    }
    case 'daybook.challenge.issued.v1': {
      const { assignment, panel } = event.data;
      const held = must(assignmentOf(books, assignment), assignment);
      const judges = panel.map((actor) => step('judge', assignment, actor, sequence));
      return [...showSteps(held, sequence), ...judges];
    }
    case 'daybook.panel.extended.v1':
      return [step('judge', event.data.assignment, event.data.validator, sequence)];
    case 'daybook.aggregation.requested.v1':
      return event.data.validators.map((actor) =>
        step('aggregate', `${event.data.run}/${event.data.window}`, actor, sequence),
      );
    case 'daybook.scores.requested.v1':
    case 'daybook.scores.sealed.v1':
      return scoreSteps(scoringOf(books, event.data.run, event.data.window));
    case 'daybook.challenge.resolved.v1': {
      const held = assignmentOf(books, event.data.assignment);
      return held === undefined ? [] : contestSteps(books, held);
    }
    case 'daybook.dispute.asked.v1':
    case 'daybook.dispute.called.v1': {
      const dispute = books.disputes?.[event.data.assignment];
      return dispute === undefined ? [] : disputeSteps(dispute, sequence);
    }
    case 'daybook.offer.made.v1':
      return offerSteps(event.data.run, event.data.participants, event.data.untilMs, sequence);
    case 'daybook.offence.found.v1':
      return appealSteps(books, event.data.participant, event.data.offence).map(offenceStep);
    case 'daybook.appeal.called.v1': {
      const appeal = books.appeals?.[event.data.offence];
      return appeal === undefined ? [] : hearingSteps(appeal).map(offenceStep);
    }
    default:
      return [];
  }
}

const offerSteps = (
  run: string,
  participants: readonly ActorId[],
  untilMs: number,
  sequence: number,
): AddressedStep[] =>
  participants.map((participant) =>
    step('offer', run, participant, sequence, `offer:${run}:${participant}:${untilMs}`),
  );

/** Offers that are still open; whoever reads the step must see that they are. */
const openOfferSteps = (books: Books): AddressedStep[] =>
  Object.entries(books.offers ?? {}).flatMap(([run, { open }]) =>
    Object.entries(open).flatMap(([participant, untilMs]) =>
      offerSteps(run, [participant as ActorId], untilMs, books.ledger.size - 1),
    ),
  );
/** To whoever has not said yet what a scoring waits for. */
function scoreSteps(scoring: Scoring | undefined): AddressedStep[] {
  if (scoring === undefined) return [];
  const { run, window, validators, sealed, sequence } = scoring;
  return validators
    .filter(({ validator }) => owes(scoring, validator))
    .map(({ validator }) =>
      sealed === null
        ? step('score', `${run}/${window}`, validator, sequence)
        : step('show-scores', `${run}/${window}`, validator, sealed.sequence),
    );
}
const offenceStep = ({ kind, offence, addressee, sequence }: OffenceStep): AddressedStep =>
  step(kind, offence, addressee, sequence);

/** To the author of a delta that cannot be recomputed without what went into it. */
function showSteps({ assignment, participant, submission }: Assignment, sequence: number) {
  const from = submission?.encoded?.feedbackFrom ?? null;
  return from === null ? [] : [step('show', assignment, participant, sequence)];
}

/** Its author may stand by what was rejected, for a while. */
function contestSteps(books: Books, held: Assignment): AddressedStep[] {
  const { assignment, participant, rejected, dispute, resolvedSequence } = held;
  const openMs = books.policy?.dispute?.openMs;
  if (rejected === undefined || dispute !== undefined || openMs === undefined) return [];
  if (books.ledger.clockMs > rejected.atMs + openMs) return [];
  return [step('contest', assignment, participant, must(resolvedSequence, 'resolution'))];
}

/** Whoever has not said yet what a dispute waits for. */
function disputeSteps(dispute: DisputeBook, sequence: number): AddressedStep[] {
  const { assignment, claimant, defenders, referred, referees, findings } = dispute;
  const to = (kind: StepKind, actor: ActorId, round: number): AddressedStep =>
    step(kind, assignment, actor, sequence, `${kind}:${assignment}:${actor}:${round}`);
  if (referred !== null)
    return referees
      .filter((actor) => findings.every(({ referee }) => referee !== actor))
      .map((actor) => to('referee', actor, referred.round));
  const last = must(dispute.rounds.at(-1), 'round');
  return [
    ...(last.claimant === null ? [to('answer', claimant, last.round)] : []),
    ...(last.defender === null
      ? [to('answer', must(defenders.at(-1), 'defender'), last.round)]
      : []),
  ];
}

/** Every step still worth doing, for an authority that just started and cannot know what it sent. */
export function outstandingSteps(books: Books): AddressedStep[] {
  const scored = openScorings(books).flatMap(scoreSteps);
  const steps = [
    ...windowSteps(books),
    ...scored,
    ...openDisputeSteps(books),
    ...openOfferSteps(books),
    ...outstandingOffenceSteps(books).map(offenceStep),
  ];
  return toKeysInForce(books, steps);
}

function openDisputeSteps(books: Books): AddressedStep[] {
  if (books.policy?.dispute === undefined && books.disputes === undefined) return [];
  const held = Object.values(books.windows).flatMap(({ assignments }) =>
    Object.values(assignments),
  );
  return [
    ...held.flatMap((assignment) => contestSteps(books, assignment)),
    ...Object.values(books.disputes ?? {}).flatMap((dispute) =>
      disputeSteps(dispute, dispute.referred?.sequence ?? dispute.sequence),
    ),
  ];
}

function windowSteps(books: Books): AddressedStep[] {
  return Object.keys(books.runs).flatMap((run) => {
    const window = openWindow(books, run);
    if (window === undefined) return [];
    return [
      ...heldIn(window).flatMap((held) => assignmentSteps(window, held)),
      ...aggregationSteps(window),
    ];
  });
}

function assignmentSteps(window: WindowBook, held: Assignment): AddressedStep[] {
  const { assignment, participant, state, challenge, sequence } = held;
  if (state === 'issued' || state === 'claimed')
    return [step('train', assignment, participant, sequence)];
  if (state === 'committed' && window.sealedSequence !== null)
    return [step('reveal', assignment, participant, window.sealedSequence)];
  if (state !== 'challenged' || challenge === null) return [];
  const silent = challenge.panel.filter((actor) =>
    challenge.verdicts.every((verdict) => verdict.validator !== actor),
  );
  const judges = silent.map((actor) => step('judge', assignment, actor, challenge.sequence));
  return [...showSteps(held, challenge.sequence), ...judges];
}

function aggregationSteps({ run, window, aggregation, promotion }: WindowBook): AddressedStep[] {
  if (aggregation === null || promotion !== null) return [];
  return aggregation.validators
    .filter((actor) => aggregation.reports.every((report) => report.validator !== actor))
    .map((actor) => step('aggregate', `${run}/${window}`, actor, aggregation.sequence));
}

export const encodeStep = ({ kind, about, sequence }: Step): Uint8Array =>
  Buffer.from(JSON.stringify({ kind, about, sequence }));

/** Null for bytes that are no step: whoever put them there, they are dropped. */
export function decodeStep(bytes: Uint8Array): Step | null {
  let value: Partial<Step>;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8')) as Partial<Step>;
  } catch {
    return null;
  }
  const { kind, about, sequence } = value ?? {};
  const known = STEP_KINDS.find((one) => one === kind);
  return known !== undefined && typeof about === 'string' && Number.isSafeInteger(sequence)
    ? { kind: known, about, sequence: sequence as number }
    : null;
}
