/** A dispute while it is open: what was asked and answered, and what referees found. */
import type { DataOfType } from '../events/catalogue.ts';
import type { ActorId } from '../events/ids.ts';

export type DisputePolicy = DataOfType<'daybook.policy.adopted.v2'>['dispute'];
export type DisputeOutcome = DataOfType<'daybook.dispute.resolved.v1'>['outcome'];
export type DisputeQuestion = DataOfType<'daybook.dispute.asked.v1'>['question'];
export type DisputeAnswer = DataOfType<'daybook.dispute.answered.v1'>['answer'];
export type Ruling = DataOfType<'daybook.dispute.found.v1'>['claimant'];

export interface DisputeRound {
  readonly round: number;
  readonly question: DisputeQuestion;
  claimant: DisputeAnswer | null;
  defender: DisputeAnswer | null;
}

export interface DisputeFinding {
  readonly referee: ActorId;
  readonly sequence: number;
  readonly claimant: Ruling;
  readonly defender: Ruling;
}

export interface DisputeBook {
  readonly assignment: string;
  readonly claimant: ActorId;
  readonly sequence: number;
  readonly bond: string;
  /** Number of the last question, and when it was asked. */
  round: number;
  askedMs: number;
  /** Everybody who answered for the resolution; the last still does. */
  defenders: ActorId[];
  /** With the last defender. */
  rounds: DisputeRound[];
  /** Once all is said to the last defender. */
  referred: { readonly sequence: number; readonly round: number } | null;
  /** Called for this referral, and when the last of them was. */
  referees: ActorId[];
  calledMs: number;
  findings: DisputeFinding[];
  /** Sequences of the findings on earlier defenders. */
  earlier: number[];
}
