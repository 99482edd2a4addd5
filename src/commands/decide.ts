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
import { isOpening } from '../events/upcast.ts';
import type { Books } from '../projections/books.ts';
import type { Command } from './command.ts';
import type { Guard } from './guards/guard.ts';
import { idProblem } from './guards/command-ids.ts';
import * as disputes from './guards/disputes.ts';
import * as judgement from './guards/judgement.ts';
import * as ledger from './guards/ledger.ts';
import * as payouts from './guards/payouts.ts';
import * as participants from './guards/participants.ts';
import * as runs from './guards/runs.ts';
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
  'daybook.run.initializing.v1': runs.startRun,
  'daybook.run.paused.v1': runs.pauseRun,
  'daybook.run.resumed.v1': runs.resumeRun,
  'daybook.run.failed.v1': runs.failRun,
  'daybook.assignment.claimed.v1': work.claim,
  'daybook.assignment.failed.v1': work.fail,
  'daybook.submission.committed.v1': work.commit,
  'daybook.submission.committed.v2': work.commitEncoded,
  'daybook.upload.completed.v1': work.reveal,
  'daybook.verdict.recorded.v1': judgement.recordVerdict,
  'daybook.aggregation.reported.v1': judgement.reportAggregation,
  'daybook.payout.claimed.v1': payouts.claim,
  'daybook.payout.addressed.v1': payouts.address,
  'daybook.correction.posted.v1': payouts.correct,
  'daybook.dispute.opened.v1': disputes.openDispute,
  'daybook.dispute.answered.v1': disputes.answerDispute,
  'daybook.dispute.found.v1': disputes.recordFinding,
};

/** May this command be recorded? Identity and signature are checked before (admission.ts). */
export function permit(books: Books, command: Command): Either<Refusal, Fact> {
  const refusal =
    authorProblem(books, command) ??
    (isOpening(command.fact) ? null : idProblem(books, command)) ??
    guardOf(command)(books, command as never);
  return refusal === null ? right(command.fact) : left(refusal);
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
