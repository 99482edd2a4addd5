/**
 * The table of reactions: fact type -> what follows at once. A type that is absent has no
 * consequence of its own. `timers` are the rules that time or the absence of something triggers.
 */
import type { EventOf, Fact, FactType, LedgerEvent } from '../../events/catalogue.ts';
import type { Books } from '../../projections/books.ts';
import { moveStages, setBackRejected } from './windows/admission.ts';
import {
  aggregateWhenScored,
  aggregationTimers,
  agreeOnReport,
  promoteOnAgreement,
} from './windows/aggregation.ts';
import {
  assignmentTimers,
  goOn,
  replaceExpired,
  replaceFailed,
  replaceParticipant,
  sealWhenComplete,
} from './windows/assignments.ts';
import {
  acceptSpared,
  challengeTimers,
  resolveOnVerdict,
  scoreWhenResolved,
} from './windows/challenges.ts';
import { judgeClaims } from './registry/capabilities.ts';
import {
  signCapability,
  signDeposit,
  signRegistration,
  signRotation,
} from './registry/clusters.ts';
import { beginDispute, settleDispute } from './discipline/dispute-outcome.ts';
import { callPanel, decideOnFinding } from './discipline/dispute-referees.ts';
import { disputeTimers } from './discipline/dispute-timers.ts';
import { askNext } from './discipline/disputes.ts';
import { carryOut, governanceTimers, resolveOnVote } from './governance.ts';
import { payClaim, postCorrection } from './money/claims.ts';
import {
  grantLease,
  livenessCandidates,
  livenessDueMs,
  livenessTimers,
  renewLease,
} from './windows/liveness.ts';
import { askOthers, makeOffers, offerTimers, offerTo, offerToStaked } from './registry/offers.ts';

import type { Context, Reaction, Timer } from './rule.ts';
import { periodTimers, runTimers } from './windows/run-progress.ts';
import { rateWindow } from './windows/window-ratings.ts';
import { payoutTimers } from './money/settlement.ts';
import { postDeposit, postLock, postRelease, stakeTimers } from './registry/stakes.ts';
import {
  concludeWhenAll,
  requestScores,
  scoringTimers,
  sealScoresWhenAll,
} from './windows/scoring.ts';
import { appealTimers, beginAppeal, decideOnVote, settleAppeal } from './discipline/appeals.ts';
import {
  noteDeadLease,
  noteMissingReveal,
  noteMissingScores,
  noteMissingVerdicts,
  punishEvidence,
  punishReports,
  punishResolved,
} from './discipline/offences.ts';
import { creditWindow, postStake } from './money/rewards.ts';
import {
  punish,
  releaseAfter,
  settlementTimers,
  settleOffence,
  undoOffence,
} from './discipline/sanctions.ts';

type Table = {
  readonly [T in FactType]?: (books: Books, event: EventOf<T>, context: Context) => Fact[];
};

const reactions: Table = {
  'daybook.participant.admitted.v1': (books, event) => postStake(books, event),
  'daybook.participant.joined.v1': (books, event, { nowMs }) => [
    ...grantLease(books, event, nowMs),
    ...offerTo(books, event.data.participant, nowMs),
  ],
  'daybook.participant.heartbeated.v1': (books, event, { nowMs }) =>
    renewLease(books, event, nowMs),
  'daybook.lease.ended.v1': (books, event, { nowMs }) =>
    replaceParticipant(books, event.data.participant, 'lease_ended', nowMs),
  'daybook.participant.left.v1': (books, event, { nowMs }) =>
    replaceParticipant(books, event.data.participant, 'left', nowMs),
  'daybook.participant.drained.v1': (books, event, { nowMs }) =>
    replaceParticipant(books, event.data.participant, 'drained', nowMs),
  'daybook.claim.expired.v1': (books, event, { nowMs }) => replaceExpired(books, event, nowMs),
  'daybook.assignment.failed.v1': (books, event, { nowMs }) => replaceFailed(books, event, nowMs),
  'daybook.submission.committed.v1': (books, event) => sealWhenComplete(books, event),
  'daybook.submission.committed.v2': (books, event) => sealWhenComplete(books, event),
  'daybook.submission.committed.v3': (books, event, { nowMs }) => goOn(books, event, nowMs),
  'daybook.submission.spared.v1': (books, event) => acceptSpared(books, event),
  'daybook.verdict.recorded.v1': (books, event) => resolveOnVerdict(books, event),
  'daybook.challenge.resolved.v1': (books, event, { nowMs }) => [
    ...punishResolved(books, event, nowMs),
    ...setBackRejected(books, event),
    ...scoreWhenResolved(books, event),
  ],
  'daybook.window.scored.v1': (books, event, context) => [
    ...judgeClaims(books, event),
    // The next window waits for the aggregation, and validators do what comes first.
    ...aggregateWhenScored(books, event),
    ...requestScores(books, event, context),
  ],
  'daybook.scores.committed.v1': sealScoresWhenAll,
  'daybook.scores.revealed.v1': (books, event) => concludeWhenAll(books, event),
  'daybook.consensus.reached.v1': (books, event, { nowMs }) => [
    ...noteMissingScores(books, event, nowMs),
    ...creditWindow(books, event),
  ],
  'daybook.consensus.failed.v1': (books, event, { nowMs }) => [
    ...noteMissingScores(books, event, nowMs),
    ...creditWindow(books, event),
  ],
  'daybook.aggregation.reported.v1': (books, event) => agreeOnReport(books, event),
  'daybook.payout.claimed.v1': (_books, event) => payClaim(event),
  'daybook.correction.posted.v1': (books, event) => postCorrection(books, event),
  'daybook.aggregation.agreed.v1': (books, event, { nowMs }) => [
    ...punishReports(books, event, nowMs),
    ...promoteOnAgreement(books, event),
  ],
  'daybook.window.reconciled.v1': (books, event) => [
    ...creditWindow(books, event),
    ...rateWindow(books, event),
    ...moveStages(books, event),
    ...releaseAfter(books, event),
  ],
  'daybook.dispute.opened.v1': (books, event) => beginDispute(books, event),
  'daybook.dispute.answered.v1': (books, event) => askNext(books, event),
  'daybook.dispute.referred.v1': callPanel,
  'daybook.dispute.found.v1': (books, event) => decideOnFinding(books, event),
  'daybook.proposal.voted.v1': (books, event) => resolveOnVote(books, event),
  'daybook.revision.activated.v1': (books, event) => carryOut(books, event),
  'daybook.identity.registered.v1': signRegistration,
  'daybook.identity.rotated.v1': signRotation,
  'daybook.identity.revoked.v1': (books, event, { nowMs }) =>
    replaceParticipant(books, event.data.participant, 'revoked', nowMs),
  'daybook.stake.deposited.v1': (books, event) => [
    ...postDeposit(event),
    ...signDeposit(books, event),
  ],
  'daybook.stake.locked.v1': (_, event) => postLock(event),
  'daybook.stake.released.v1': (_, event) => postRelease(event),
  'daybook.journal.posted.v1': (books, event, { nowMs }) => offerToStaked(books, event, nowMs),
  'daybook.capability.claimed.v1': signCapability,
  'daybook.run.recovering.v1': (books, event) => askOthers(books, event.data.run),
  'daybook.run.resumed.v1': (books, event) => askOthers(books, event.data.run),
  'daybook.offer.opened.v1': makeOffers,
  'daybook.offer.declined.v1': (books, event) => askOthers(books, event.data.run),
  'daybook.offer.lapsed.v1': (books, event) => askOthers(books, event.data.run),
  'daybook.dispute.resolved.v1': (books, event, { nowMs }) => settleDispute(books, event, nowMs),
  'daybook.assignment.superseded.v1': (books, event, { nowMs }) =>
    noteDeadLease(books, event, nowMs),
  'daybook.challenge.issued.v1': (books, event, { nowMs }) =>
    noteMissingReveal(books, event, nowMs),
  'daybook.panel.extended.v1': (books, event, { nowMs }) =>
    noteMissingVerdicts(books, event, nowMs),
  'daybook.evidence.submitted.v1': (books, event, { nowMs }) => punishEvidence(books, event, nowMs),
  'daybook.offence.found.v1': (books, event) => punish(books, event),
  'daybook.offence.settled.v1': (books, event) => settleOffence(books, event),
  'daybook.offence.overturned.v1': (books, event) => undoOffence(books, event),
  'daybook.appeal.filed.v1': beginAppeal,
  'daybook.appeal.voted.v1': (books, event) => decideOnVote(books, event),
  'daybook.appeal.decided.v1': (books, event) => settleAppeal(books, event),
};

export function reactTo(books: Books, event: LedgerEvent, context: Context): Fact[] {
  const reaction = reactions[event.type] as Reaction | undefined;
  return reaction?.(books, event, context) ?? [];
}

/** After liveness, which comes first. */
const phases = [
  assignmentTimers,
  challengeTimers,
  aggregationTimers,
  disputeTimers,
  // A rollback that waited for its window goes before the next one is planned.
  governanceTimers,
  payoutTimers,
  stakeTimers,
  offerTimers,
  scoringTimers,
  settlementTimers,
  appealTimers,
  periodTimers,
  runTimers,
] as const;

/**
 * The first timer that is due, in the fixed order of the phases.
 * @param candidates of this time, where they are known: members are many
 */
export function dueTimer(
  books: Books,
  nowMs: number,
  candidates: readonly string[] = livenessCandidates(books, nowMs),
): Timer | null {
  for (const timer of livenessTimers(books, candidates)) if (timer.dueMs <= nowMs) return timer;
  for (const phase of phases)
    for (const timer of phase(books)) if (timer.dueMs <= nowMs) return timer;
  return null;
}

/** When the next tick has something to do: a time in ms, possibly past; null when only a command can. */
export function nextDueMs(books: Books): number | null {
  let next = otherDueMs(books);
  for (const member of Object.values(books.members))
    next = Math.min(next, livenessDueMs(books, member));
  return next === Infinity ? null : next;
}

/** The same for everything but liveness; Infinity: never. */
export function otherDueMs(books: Books): number {
  let next = Infinity;
  for (const phase of phases) for (const timer of phase(books)) next = Math.min(next, timer.dueMs);
  return next;
}
