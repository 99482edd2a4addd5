/**
 * Refusals: a command's typed "no". A value, never thrown; nothing was appended. One catalogue of
 * codes, from which the type, the docs and `daybook errors` come. A published code keeps its meaning.
 */
export interface RefusalInfo {
  /** Whether the same command can succeed later without being changed. */
  readonly retryable: boolean;
  /** What it means and what to do, for people. */
  readonly advice: string;
}

const never = (advice: string): RefusalInfo => ({ retryable: false, advice });
const later = (advice: string): RefusalInfo => ({ retryable: true, advice });

export const REFUSALS = {
  malformed_command: never('The bytes are not a command; see the message for the first problem.'),
  command_too_large: never(
    'Commands are at most 256 KiB; put heavy bytes into the artifact store.',
  ),
  unknown_command: never(
    'No command has this name; check the spelling and the version of Daybook.',
  ),
  wrong_ledger: never('The command was signed for another ledger; check the --ledger option.'),
  unsigned_command: never('Sign the command with the key of its actor.'),
  bad_signature: never(
    'The signature does not match actor and content; sign exactly the bytes that are sent.',
  ),
  not_authorised: never('Only the author that the command names may assert this; use that key.'),
  command_id_conflict: never(
    'This command id was used with other content; use a fresh id for a new command.',
  ),
  command_untagged: never(
    "Ids of commands end in the first 8 hex digits of the nonce in entry 0 and, but for an operator's, the number of entries seen. What was signed before the ledger was opened has no such end: read entry 0 and sign it again.",
  ),
  foreign_command: never('The command was signed for another ledger that has the same name.'),
  command_ahead: later('Signed at a size that this ledger has not reached; retry a little later.'),
  command_expired: never(
    'Too long ago to be told from a repeat: look in the log whether it was recorded, or sign it again.',
  ),
  rules_unknown: never(
    'This version of Daybook opens ledgers under other rules; upgrade one of the two.',
  ),
  ledger_not_open: later('Open the ledger first.'),
  ledger_already_open: never('The ledger is open; nothing to do.'),
  no_policy: later(
    'Adopt a policy first: `daybook policy draft` prints one to begin with, `daybook policy adopt` adopts it, `daybook run start` adopts a usual one.',
  ),
  policy_revision_out_of_step: never('The next policy revision is one above the current one.'),
  policy_inconsistent: never('The policy contradicts itself; see the message.'),
  participant_already_admitted: never('This key is admitted; nothing to do.'),
  unsafe_shrink: later(
    'Too few live participants would stay and nobody stands by; drain when others are there, or leave at once.',
  ),
  participants_full: never(
    'A ledger has a bounded number of participants; open another ledger for more.',
  ),
  participant_unknown: later('Ask the operator to admit this key.'),
  session_out_of_step: never(
    'A session number is one above the last; join again with that number.',
  ),
  session_over: never('The session has ended or was superseded: join again.'),
  dataset_already_registered: never('Choose another dataset name; datasets never change.'),
  dataset_unknown: later('Register the dataset first.'),
  dataset_inconsistent: never('The dataset contradicts itself; see the message.'),
  run_already_planned: never('Choose another run name; plans never change.'),
  run_unknown: later('Plan the run first.'),
  run_inconsistent: never('The plan contradicts itself or its dataset; see the message.'),
  stake_does_not_deter: never(
    'At this audit rate fraud would pay: a slashing must take gain (1 - p) / p. Adopt a larger stake or audit more.',
  ),
  run_state_forbids: never('The run is not in a state that allows this; see the message.'),
  assignment_unknown: never('There is no such assignment.'),
  assignment_not_yours: never('The assignment belongs to another participant.'),
  assignment_superseded: never('The assignment was taken back; drop it and wait for new work.'),
  assignment_state_forbids: never('The assignment is past this step; see the message.'),
  window_not_active: never('The window no longer takes submissions.'),
  window_not_sealed: later('Bytes are revealed after the seal, not before.'),
  stale_revision: never('The contribution starts from another checkpoint than the window does.'),
  wrong_work: never('Steps or tokens differ from what was assigned.'),
  wrong_encoding: never('Deltas of this run are sent in another encoding; see the message.'),
  wrong_feedback: never(
    'The error feedback is not what the encoding and your last accepted contribution leave.',
  ),
  delta_already_committed: never(
    'You committed to these bytes in this window before; every slot has its own delta.',
  ),
  delta_mismatch: never('The revealed bytes are not the ones committed to.'),
  oversized_delta: never('The delta is larger than the model warrants.'),
  compute_class_mismatch: never(
    'Contributions are of the class the session declared, and validators are of the exact class.',
  ),
  not_on_panel: never('Only validators called to the panel may judge this submission.'),
  verdict_already_recorded: never('A validator judges a submission once.'),
  verdict_inconsistent: never('The verdict contradicts itself; see the message.'),
  challenge_closed: never('The challenge is decided; nothing to do.'),
  aggregation_not_open: never('No aggregation is open for this window.'),
  report_already_recorded: never('A validator reports an aggregation once.'),
  scoring_not_open: never('No scores are taken for this window, or no longer.'),
  scores_already_recorded: never('A validator commits to its scores once and shows them once.'),
  scores_not_sealed: later('Scores are shown once no more commitments are taken.'),
  commitment_mismatch: never('The scores and salt are not what was committed to.'),
  scores_out_of_form: never('There is one score for each contribution of the request.'),
  disputes_not_offered: never(
    'The policy has no terms for disputes, or had none at the resolution.',
  ),
  nothing_to_dispute: never(
    'Only an exact contribution that validators agreed to reject can be disputed.',
  ),
  dispute_too_late: never('The time to dispute the resolution is over.'),
  dispute_already_opened: never('A contribution is disputed once.'),
  bond_not_covered: never('The escrow holds less than the bond of a dispute.'),
  dispute_not_open: never('There is no open dispute of this assignment.'),
  not_a_party: never('Only the claimant and the defender of now are asked.'),
  round_not_open: never('Another question is open by now, or none; look at the dispute again.'),
  answer_already_recorded: never('A question is answered once.'),
  answer_out_of_form: never('The answer is not of the form that the question calls for.'),
  network_already_founded: never('A ledger is of one network; open another ledger for another.'),
  network_not_founded: later('Found a network first.'),
  governance_not_offered: never(
    'Adopt a policy with terms of governance first: they say how it is changed from then on.',
  ),
  governance_decides: never(
    "Propose it to the network's council; the operator adopts no policies.",
  ),
  council_inconsistent: never('The council or the roles contradict themselves; see the message.'),
  role_not_offered: never('The network was not founded for this role.'),
  not_on_council: never('Only members of the council propose and vote.'),
  proposal_already_submitted: never(
    'Choose another name; names of proposals are never used again.',
  ),
  proposal_inconsistent: never('The proposal contradicts itself; see the message.'),
  proposal_unknown: later('Submit the proposal first.'),
  too_many_proposals: later('Wait until one of your open proposals has come to its end.'),
  stale_governance_revision: never(
    'The terms are others by now: look at them, and propose on the revision in force.',
  ),
  activation_out_of_range: never(
    'A proposal takes effect after voting and notice, and not in the far future; see the message.',
  ),
  voting_over: never('The proposal takes no more votes.'),
  vote_already_cast: never('A member votes once on a proposal and does not take it back.'),
  environment_not_admitted: never(
    'The policy admits other builds or classes of compute; see the message.',
  ),
  oversized_checkpoint: never('Checkpoint or momentum is larger than the policy allows.'),
  payouts_not_offered: never('The policy has no terms of vesting, and never had.'),
  amount_is_nothing: never('Nothing is no amount to claim or to correct by.'),
  claim_exceeds_payouts: later('Claim what is claimable; more may vest later.'),
  address_taken: never(
    'Another participant named this address for its payouts; use one of your own.',
  ),
  correction_already_posted: never(
    'Choose another name; a correction is corrected by another one, never changed.',
  ),
  original_unknown: never(
    'A correction names a transfer and the entry that posted it; look both up in the log.',
  ),
  correction_exceeds_original: never(
    'A correction takes no more than the transfer moved, other corrections of it included.',
  ),
  correction_exceeds_balance: later(
    'Only what is not vested or not claimed can be taken back; see the message.',
  ),
  registry_not_offered: never('The policy has no terms for a registry.'),
  key_retired: never('Another key of this identity has taken the place of this one; use that one.'),
  key_revoked: never('This identity was put out for good.'),
  key_taken: never('The key stands for somebody already; make a new one.'),
  consent_missing: never('The key that is named must sign that it agrees; see the message.'),
  already_registered: never('This key is registered; nothing to do.'),
  registrations_full: later('Too many wait without stake: pay yours in first, then register.'),
  rotations_full: never('An identity has a bounded number of keys; register another one.'),
  admission_needed: later('Ask the operator to admit this key.'),
  invitation_needed: never('Ask the operator for an invitation and name it.'),
  invitation_not_valid: never('The invitation is for another key, was used or is over.'),
  invitation_already_made: never('Choose another name; invitations never change.'),
  amount_zero: never('An amount is more than nothing.'),
  deposit_already_recorded: never('A deposit is recorded once; nothing to do.'),
  wallet_short: later('The wallet holds less than that; deposit or earn it first.'),
  escrow_full: later(
    'Unlock some first, or lock less: an escrow is bounded by what one entry can say.',
  ),
  escrow_short: never('Less than that is in escrow and not on its way out already.'),
  unlocking_full: later('Wait until one of your earlier wishes is released.'),
  claim_unfounded: never('Claim no more speed than the benchmark shows.'),
  offer_not_open: never('There is no offer to answer; wait to be asked.'),
  evidence_does_not_hold: never(
    'It does not prove by itself that a key of this ledger signed two things that cannot both be honest.',
  ),
  evidence_known: never(
    'It is on record, or another conviction of this key is and can still be appealed.',
  ),
  appeals_not_offered: never('The policy has no terms for offences and appeals.'),
  offence_unknown: never('No such offence of yours is on record.'),
  nothing_to_appeal: never('A warning takes nothing; all else is final once its time is over.'),
  appeal_already_filed: never('An offence is appealed once.'),
  appeal_not_open: never('There is no open appeal of this offence.'),
  catch_up_not_offered: never('The policy has no terms for catching up; claim without a state.'),
  revision_unknown: never(
    'The run has no such revision, or it is archived; look at the books again.',
  ),
  state_drifted: never(
    'What you hold is not the state of that revision: fetch it again before you work.',
  ),
  state_stale: never('Too many revisions have gone by since; catch up further.'),
  state_not_shown: never(
    'Claim with the state that you start from and the pages that you train on.',
  ),
  already_caught_up: never('This session has shown this revision or a later one; nothing to do.'),
  artifact_unknown: never('The ledger names no artifact of this digest that may be offered.'),
  advertisement_inconsistent: never(
    'The advertisement contradicts itself, the artifact or the policy; see the message.',
  ),
  overloaded: later('The authority has too many commands waiting; retry with the same id.'),
  not_leading: later(
    'This authority leads no longer and recorded nothing of it; retry with the same id.',
  ),
} as const satisfies Record<string, RefusalInfo>;

export type RefusalCode = keyof typeof REFUSALS;

export interface Refusal {
  readonly code: RefusalCode;
  readonly message: string;
  readonly retryable: boolean;
}

export const refuse = (code: RefusalCode, message: string): Refusal => ({
  code,
  message,
  retryable: REFUSALS[code].retryable,
});
