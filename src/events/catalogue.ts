/**
 * All facts of the ledger, collected. Adding an event: declare it in its family's file, list it
 * here, fold it (the compiler insists), and put a sample in fixtures/events/ (a test insists).
 */
import type { Entry } from './entry.ts';
import type { DataOf, FactDeclaration } from './catalogue/declare.ts';
import * as capability from './catalogue/capability.ts';
import * as consensus from './catalogue/consensus.ts';
import * as catchUp from './catalogue/catch-up.ts';
import * as dispute from './catalogue/dispute.ts';
import * as identity from './catalogue/identity.ts';
import * as ledger from './catalogue/ledger.ts';
import * as network from './catalogue/network.ts';
import * as offer from './catalogue/offer.ts';
import * as appeal from './catalogue/appeal.ts';
import * as evidence from './catalogue/evidence.ts';
import * as offence from './catalogue/offence.ts';
import * as participant from './catalogue/participant.ts';
import * as payout from './catalogue/payout.ts';
import * as policy from './catalogue/policy.ts';
import * as proposal from './catalogue/proposal.ts';
import * as rating from './catalogue/rating.ts';
import * as reward from './catalogue/reward.ts';
import * as run from './catalogue/run.ts';
import * as selection from './catalogue/selection.ts';
import * as stage from './catalogue/stage.ts';
import * as stake from './catalogue/stake.ts';
import * as scores from './catalogue/scores.ts';
import * as validation from './catalogue/validation.ts';
import * as window from './catalogue/window.ts';

const declarations = [
  ledger.ledgerOpenedFirst,
  ledger.ledgerOpened,
  ledger.clockTicked,
  policy.policyAdopted,
  policy.policyAdoptedWithDisputes,
  policy.policyAdoptedForNetwork,
  participant.participantAdmitted,
  participant.participantJoined,
  participant.participantRejoined,
  participant.leaseGranted,
  participant.participantHeartbeated,
  participant.leaseRenewed,
  participant.participantStaled,
  participant.participantExpired,
  participant.leaseEnded,
  participant.participantDraining,
  participant.participantDrained,
  participant.participantLeft,
  participant.participantReplaced,
  participant.participantQuarantined,
  run.datasetRegistered,
  run.runPlanned,
  run.runPlannedEncoded,
  run.runPlannedAdapter,
  run.runPlannedInStages,
  run.runInitializing,
  run.runActivated,
  run.runPaused,
  run.runResumed,
  run.runRecovering,
  run.runRecovered,
  run.runCompleted,
  run.runFailed,
  window.windowPlanned,
  window.assignmentIssued,
  window.stageIssued,
  window.windowActivated,
  window.assignmentClaimed,
  catchUp.assignmentClaimedWithState,
  catchUp.catchupCompleted,
  catchUp.chunksAdvertised,
  window.claimExpired,
  window.assignmentFailed,
  window.assignmentSuperseded,
  window.submissionCommitted,
  window.encodedSubmissionCommitted,
  window.stageCommitted,
  window.windowSealed,
  window.uploadCompleted,
  validation.challengeIssued,
  validation.submissionSpared,
  validation.verdictRecorded,
  validation.panelExtended,
  validation.challengeResolved,
  window.windowScored,
  validation.aggregationRequested,
  validation.aggregationReported,
  validation.aggregationAgreed,
  run.promotionDecided,
  run.checkpointPromoted,
  run.checkpointRestored,
  window.windowReconciled,
  scores.scoresRequested,
  scores.scoresCommitted,
  scores.scoresSealed,
  scores.scoresRevealed,
  consensus.consensusReached,
  consensus.consensusDisagreed,
  consensus.consensusFailed,
  dispute.disputeOpened,
  dispute.disputeAsked,
  dispute.disputeAnswered,
  dispute.disputeReferred,
  dispute.disputeCalled,
  dispute.disputeFound,
  dispute.disputeResolved,
  dispute.participantReinstated,
  selection.selectionDrawn,
  rating.ratingUpdated,
  stage.stageAdvanced,
  stage.stageFailed,
  evidence.evidenceSubmitted,
  offence.offenceFound,
  offence.offenceSettled,
  offence.offenceOverturned,
  offence.offenceReleased,
  appeal.appealFiled,
  appeal.appealCalled,
  appeal.appealVoted,
  appeal.appealDecided,
  reward.periodOpened,
  reward.journalPosted,
  reward.periodClosed,
  reward.settlementPublished,
  network.networkFounded,
  network.epochBegan,
  proposal.proposalSubmitted,
  proposal.proposalVoted,
  proposal.proposalResolved,
  proposal.proposalLapsed,
  proposal.revisionActivated,
  payout.periodClosing,
  payout.payoutReleasing,
  payout.payoutListed,
  payout.settlementPublishedCumulative,
  payout.payoutClaimed,
  payout.payoutAddressed,
  payout.correctionPosted,
  identity.identityInvited,
  identity.identityRegistered,
  identity.identityRotated,
  identity.identityRevoked,
  identity.clusterSignalled,
  stake.stakeDeposited,
  stake.stakeLocked,
  stake.stakeUnlocking,
  stake.stakeReleased,
  capability.capabilityClaimed,
  capability.capabilityMeasured,
  offer.offerOpened,
  offer.offerMade,
  offer.offerAccepted,
  offer.offerDeclined,
  offer.offerLapsed,
  // `as const` keeps each declaration's own type, from which the union of facts is made.
] as const;

type Declared = (typeof declarations)[number];
export type FactType = Declared['type'];
export type DeclarationOf<T extends FactType> = Extract<Declared, { readonly type: T }>;
export type DataOfType<T extends FactType> = DataOf<DeclarationOf<T>>;

/** A fact: what happened and to what, before it is placed in a ledger. */
export type FactOf<T extends FactType> = {
  readonly [K in T]: { readonly type: K; readonly data: DataOfType<K> };
}[T];
export type Fact = FactOf<FactType>;

/** A fact in its place: the entry's envelope with data of the declared type. */
export type EventOf<T extends FactType> = {
  readonly [K in T]: Omit<Entry, 'type' | 'data'> & {
    readonly type: K;
    readonly data: DataOfType<K>;
  };
}[T];
export type LedgerEvent = EventOf<FactType>;

/** `run` of `daybook.run.planned.v1`. */
export type Family = FactType extends infer T
  ? T extends `daybook.${infer F}.${string}.${string}`
    ? F
    : never
  : never;
export type EventOfFamily<F extends Family> = EventOf<Extract<FactType, `daybook.${F}.${string}`>>;

export const familyOf = (type: string): Family => type.split('.')[1] as Family;

export type CatalogueEntry = FactDeclaration<FactType, never>;

export const catalogue: ReadonlyMap<string, CatalogueEntry> = new Map(
  declarations.map((declaration) => [declaration.type, declaration as unknown as CatalogueEntry]),
);

/** The declaration of the fact that a command asserts, by the command's imperative name; newest versions. */
export const commandTable: ReadonlyMap<string, CatalogueEntry> = new Map(
  [...catalogue.values()].flatMap((declaration) =>
    declaration.command === null || declaration.retired ? [] : [[declaration.command, declaration]],
  ),
);

/** Subject path of a fact, from its declaration. */
export function subjectOf(fact: Fact): string {
  const declaration = catalogue.get(fact.type);
  if (declaration === undefined) throw new Error(`undeclared fact ${fact.type}`);
  return declaration.subject(fact.data as never);
}
