/**
 * decide(books, command, context) -> refusal | facts. The command's own fact comes first, then
 * everything that follows from it by rule, each folded before the next is derived. Pure: the same
 * books, command, clock and roots give the same facts, which is how an auditor checks transitions.
 */
import assert from 'node:assert';
import { left, right } from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import type { Fact, FactType } from '../events/catalogue.ts';
import { catalogue } from '../events/catalogue.ts';
import type { ActorId } from '../events/ids.ts';
import { isOpening } from '../events/upcast.ts';
import type { Books } from '../projections/books.ts';
import { identityOf, isRevoked, keyOf } from '../projections/identities.ts';
import type { Command } from './command.ts';
import type { Guard } from './guards/guard.ts';
import * as appeals from './guards/appeals.ts';
import * as catchUp from './guards/catch-up.ts';
import { idProblem } from './guards/command-ids.ts';
import * as capabilities from './guards/capabilities.ts';
import * as disputes from './guards/disputes.ts';
import * as identities from './guards/identities.ts';
import * as judgement from './guards/judgement.ts';
import * as ledger from './guards/ledger.ts';
import * as network from './guards/network.ts';
import * as payouts from './guards/payouts.ts';
import * as offers from './guards/offers.ts';
import * as participants from './guards/participants.ts';
import * as runs from './guards/runs.ts';
import * as stakes from './guards/stakes.ts';
import * as scoring from './guards/scoring.ts';
import * as work from './guards/work.ts';
import type { Refusal } from './refusal.ts';
import { refuse } from './refusal.ts';

const guards: { readonly [T in FactType]?: Guard<T> } = {
  'daybook.ledger.opened.v1': ledger.openLedger,
  'daybook.ledger.opened.v2': ledger.openLedgerWithRules,
  'daybook.clock.ticked.v1': () => null,
  'daybook.policy.adopted.v1': ledger.adoptPolicy,
  'daybook.policy.adopted.v2': ledger.adoptPolicyWithDisputes,
  'daybook.policy.adopted.v3': ledger.adoptNetworkPolicy,
  'daybook.participant.admitted.v1': participants.admit,
  'daybook.participant.joined.v1': participants.join,
  'daybook.participant.heartbeated.v1': participants.heartbeat,
  'daybook.participant.draining.v1': participants.drain,
  'daybook.participant.left.v1': participants.leave,
  'daybook.dataset.registered.v1': runs.registerDataset,
  'daybook.run.planned.v1': runs.planRun,
  'daybook.run.planned.v2': runs.planEncodedRun,
  'daybook.run.planned.v3': runs.planAdapterRun,
  'daybook.run.planned.v4': runs.planRunInStages,
  'daybook.run.initializing.v1': runs.startRun,
  'daybook.run.paused.v1': runs.pauseRun,
  'daybook.run.resumed.v1': runs.resumeRun,
  'daybook.run.failed.v1': runs.failRun,
  'daybook.assignment.claimed.v1': work.claim,
  'daybook.assignment.claimed.v2': catchUp.claimWithState,
  'daybook.catchup.completed.v1': catchUp.completeCatchUp,
  'daybook.chunks.advertised.v1': catchUp.advertiseChunks,
  'daybook.assignment.failed.v1': work.fail,
  'daybook.submission.committed.v1': work.commit,
  'daybook.submission.committed.v2': work.commitEncoded,
  'daybook.submission.committed.v3': work.commitStage,
  'daybook.upload.completed.v1': work.reveal,
  'daybook.verdict.recorded.v1': judgement.recordVerdict,
  'daybook.aggregation.reported.v1': judgement.reportAggregation,
  'daybook.payout.claimed.v1': payouts.claim,
  'daybook.payout.addressed.v1': payouts.address,
  'daybook.correction.posted.v1': payouts.correct,
  'daybook.scores.committed.v1': scoring.commitScores,
  'daybook.scores.revealed.v1': scoring.revealScores,
  'daybook.dispute.opened.v1': disputes.openDispute,
  'daybook.dispute.answered.v1': disputes.answerDispute,
  'daybook.dispute.found.v1': disputes.recordFinding,
  'daybook.network.founded.v1': network.foundNetwork,
  'daybook.proposal.submitted.v1': network.submitProposal,
  'daybook.proposal.voted.v1': network.voteOnProposal,
  'daybook.identity.invited.v1': identities.invite,
  'daybook.identity.registered.v1': identities.register,
  'daybook.identity.rotated.v1': identities.rotate,
  'daybook.identity.revoked.v1': identities.revoke,
  'daybook.stake.deposited.v1': stakes.deposit,
  'daybook.stake.locked.v1': stakes.lock,
  'daybook.stake.unlocking.v1': stakes.unlock,
  'daybook.capability.claimed.v1': capabilities.claimCapability,
  'daybook.offer.accepted.v1': offers.accept,
  'daybook.offer.declined.v1': offers.decline,
  'daybook.evidence.submitted.v1': appeals.submitEvidence,
  'daybook.appeal.filed.v1': appeals.fileAppeal,
  'daybook.appeal.voted.v1': appeals.voteOnAppeal,
};

/**
 * May this command be recorded? Identity and signature are checked before (admission.ts).
 * @param nowMs when it would be; not behind the ledger's clock
 */
export function permit(
  books: Books,
  signed: Command,
  nowMs = books.ledger.clockMs,
): Either<Refusal, Fact> {
  // From here on a command is its participant's, whichever of its keys is in force.
  const command = { ...signed, actor: identityOf(books, signed.actor) };
  const refusal =
    keyProblem(books, signed.actor, command.actor) ??
    authorProblem(books, command) ??
    (isOpening(command.fact) ? null : idProblem(books, command)) ??
    guardOf(command)(books, command as never, nowMs);
  return refusal === null ? right(command.fact) : left(refusal);
}

/** Why this key speaks for its participant no more. */
function keyProblem(books: Books, key: ActorId, participant: ActorId): Refusal | null {
  if (isRevoked(books, participant)) return refuse('key_revoked', `${participant} is out`);
  const current = keyOf(books, participant);
  return key === current ? null : refuse('key_retired', `${current} has taken its place`);
}

function guardOf(command: Command): Guard<FactType> {
  const guard = guards[command.fact.type] as Guard<FactType> | undefined;
  assert(guard !== undefined, `a guard for ${command.fact.type}`);
  return guard;
}

/** Every fact that a command can assert has a guard; a test calls this for each. */
export const hasGuard = (type: FactType): boolean => guards[type] !== undefined;

function authorProblem(books: Books, { actor, fact }: Command): Refusal | null {
  const declaration = catalogue.get(fact.type);
  assert(declaration !== undefined, `a declaration of ${fact.type}`);
  const { authority, operator } = books.ledger;
  // Whoever speaks first is judged by its own guard.
  if (isOpening(fact)) return null;
  if (authority === null) return refuse('ledger_not_open', 'nothing is recorded yet');
  const role = books.members[actor]?.role;
  switch (declaration.author) {
    case 'authority':
      return actor === authority ? null : refuse('not_authorised', 'only the authority may');
    case 'operator':
      return actor === operator ? null : refuse('not_authorised', 'only the operator may');
    case 'anyone':
      return null;
    case 'node':
      return role === undefined ? refuse('participant_unknown', actor) : null;
    default:
      if (role === undefined) return refuse('participant_unknown', actor);
      return role === declaration.author
        ? null
        : refuse('not_authorised', `a ${declaration.author} may, this is a ${role}`);
  }
}
