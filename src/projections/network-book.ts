/** The network that a ledger is of: its clock of epochs, its council, and what is proposed to it. */
import type { DataOfType } from '../events/catalogue.ts';
import type { ActorId } from '../events/ids.ts';

type Founded = DataOfType<'daybook.network.founded.v1'>;
type Submitted = DataOfType<'daybook.proposal.submitted.v1'>;
export type NetworkRole = Founded['roles'][number];
export type Seat = Founded['council'][number];
export type Vote = DataOfType<'daybook.proposal.voted.v1'>['vote'];
export type Change = Pick<Submitted, 'policy' | 'council' | 'rollback'>;

/** Weight by kind of vote. */
export type Tally = Readonly<Record<Vote, number>>;

/** As long as it takes votes or waits for its epoch. */
export interface ProposalBook extends Change {
  readonly proposal: string;
  readonly title: string;
  readonly proposer: ActorId;
  readonly sequence: number;
  readonly base: number;
  readonly activationEpoch: number;
  /** The first epoch in which it takes no votes any more. */
  readonly closesEpoch: number;
  votes: Record<string, { readonly vote: Vote; readonly sequence: number }>;
  /** Entry by which it was accepted. */
  accepted: number | null;
}

/** What stays of a proposal, so that its name is never used again. */
export interface ClosedProposal extends Tally {
  readonly outcome: 'activated' | 'rejected' | 'no_turnout' | 'lapsed';
  /** Of its submission and of its end. */
  readonly submitted: number;
  readonly closed: number;
}

export interface NetworkBook {
  readonly network: string;
  readonly title: string;
  readonly sequence: number;
  readonly genesisMs: number;
  readonly epochMs: number;
  readonly roles: readonly NetworkRole[];
  /** The last one that has an entry. */
  epoch: number;
  /** Of governance: 1 at the founding, one more with everything that the council changed. */
  revision: number;
  council: readonly Seat[];
  proposals: Record<string, ProposalBook>;
  closed: Record<string, ClosedProposal>;
}

/** The epoch that a time belongs to, from 0. @param nowMs not before the founding */
export const epochAt = ({ genesisMs, epochMs }: NetworkBook, nowMs: number): number =>
  Math.floor((nowMs - genesisMs) / epochMs);

export const epochStartMs = ({ genesisMs, epochMs }: NetworkBook, epoch: number): number =>
  genesisMs + epoch * epochMs;

export const weightOf = ({ council }: NetworkBook): number =>
  council.reduce((sum, { weight }) => sum + weight, 0);

export function tallyOf({ council }: NetworkBook, { votes }: ProposalBook): Tally {
  const tally = { yes: 0, no: 0, abstain: 0 };
  for (const { member, weight } of council) {
    const vote = votes[member]?.vote;
    if (vote !== undefined) tally[vote] += weight;
  }
  return tally;
}

/** In the order in which they were made; names in an object have no order that a snapshot keeps. */
export const proposalsOf = ({ proposals }: NetworkBook): ProposalBook[] =>
  Object.values(proposals).sort((one, other) => one.sequence - other.sequence);
