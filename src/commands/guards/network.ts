/** Founding a network, proposing to its council, voting there; and what a founded network forbids. */
import type { DataOfType } from '../../events/catalogue.ts';
import type { ActorId } from '../../events/ids.ts';
import type { Books } from '../../projections/books.ts';
import { must, revisionOf } from '../../projections/books.ts';
import { policyOffered } from '../../projections/ledger.ts';
import type { Change, NetworkBook, NetworkRole, Seat } from '../../projections/network-book.ts';
import { epochAt } from '../../projections/network-book.ts';
import type { Refusal } from '../refusal.ts';
import { refuse } from '../refusal.ts';
import type { Guard } from './guard.ts';
import { policyProblem } from './ledger.ts';

/** Proposals that are voted on or wait for their epoch, of one member at a time. */
export const PROPOSALS_PER_MEMBER_MAX = 4;
/** Epochs after the first possible one in which a proposal may ask to take effect. */
export const ACTIVATION_SPAN_EPOCHS = 1000;

export const foundNetwork: Guard<'daybook.network.founded.v1'> = (books, { fact: { data } }) => {
  if (books.network !== undefined)
    return refuse('network_already_founded', `it is ${books.network.network}`);
  if (books.policy === null) return refuse('no_policy', 'a network is founded on a policy');
  if (books.policy.governance === undefined)
    return refuse('governance_not_offered', 'the policy says nothing about how it is changed');
  return new Set(data.roles).size < data.roles.length
    ? refuse('council_inconsistent', 'a role is named twice')
    : councilProblem(data.council);
};

function councilProblem(council: readonly Seat[]): Refusal | null {
  const members = new Set(council.map(({ member }) => member));
  return members.size < council.length
    ? refuse('council_inconsistent', 'a member has two seats')
    : null;
}

export const submitProposal: Guard<'daybook.proposal.submitted.v1'> = (
  books,
  { actor, fact: { data } },
  nowMs,
) => {
  const { network } = books;
  if (network === undefined) return refuse('network_not_founded', 'there is no council');
  if (!hasSeat(network, actor)) return refuse('not_on_council', actor);
  if (network.proposals[data.proposal] ?? network.closed[data.proposal])
    return refuse('proposal_already_submitted', data.proposal);
  const own = Object.values(network.proposals).filter(({ proposer }) => proposer === actor);
  if (own.length >= PROPOSALS_PER_MEMBER_MAX)
    return refuse('too_many_proposals', `${own.length} of this member are open`);
  if (data.base !== network.revision)
    return refuse('stale_governance_revision', `revision ${network.revision} is in force`);
  const changes = [data.policy, data.council, data.rollback].filter((change) => change !== null);
  if (changes.length !== 1)
    return refuse('proposal_inconsistent', `it changes ${changes.length} things; one is asked for`);
  return activationProblem(books, network, data, nowMs) ?? changeProblem(books, data);
};

const hasSeat = ({ council }: NetworkBook, actor: ActorId): boolean =>
  council.some(({ member }) => member === actor);

function activationProblem(
  books: Books,
  network: NetworkBook,
  { activationEpoch }: DataOfType<'daybook.proposal.submitted.v1'>,
  nowMs: number,
): Refusal | null {
  const terms = must(books.policy?.governance, 'terms of governance');
  const first = epochAt(network, nowMs) + terms.votingEpochs + 1 + terms.noticeEpochs;
  const last = first + ACTIVATION_SPAN_EPOCHS;
  return activationEpoch < first || activationEpoch > last
    ? refuse('activation_out_of_range', `epochs ${first} to ${last} are possible now`)
    : null;
}

/** Why a change could not take effect now; asked when it is proposed and again when it is due. */
export function changeProblem(books: Books, { policy, council, rollback }: Change): Refusal | null {
  if (policy !== null) return policyProblem(books, policyOffered(policy));
  if (council !== null) return councilProblem(council);
  return rollback === null ? null : rollbackProblem(books, rollback);
}

function rollbackProblem(
  books: Books,
  { run, toRevision }: NonNullable<Change['rollback']>,
): Refusal | null {
  const book = books.runs[run];
  if (book === undefined) return refuse('run_unknown', run);
  if (book.state === 'completed' || book.state === 'failed')
    return refuse('run_state_forbids', `the run is ${book.state}`);
  if (book.revisions.at(-1)?.revision === toRevision)
    return refuse('proposal_inconsistent', `revision ${toRevision} is the current one`);
  return revisionOf(book, toRevision)?.revision === toRevision
    ? null
    : refuse('revision_unknown', `run ${run} revision ${toRevision}`);
}

export const voteOnProposal: Guard<'daybook.proposal.voted.v1'> = (
  books,
  { actor, fact: { data } },
  nowMs,
) => {
  const { network } = books;
  if (network === undefined) return refuse('network_not_founded', 'there is no council');
  const proposal = network.proposals[data.proposal];
  if (proposal === undefined)
    return network.closed[data.proposal] === undefined
      ? refuse('proposal_unknown', data.proposal)
      : refuse('voting_over', `it is ${network.closed[data.proposal]?.outcome}`);
  if (!hasSeat(network, actor)) return refuse('not_on_council', actor);
  if (proposal.accepted !== null || epochAt(network, nowMs) >= proposal.closesEpoch)
    return refuse('voting_over', `votes are taken before epoch ${proposal.closesEpoch}`);
  return proposal.votes[actor] === undefined
    ? null
    : refuse('vote_already_cast', `at sequence ${proposal.votes[actor].sequence}`);
};

const ROLE_OF = { worker: 'miner', validator: 'validator' } as const satisfies Record<
  'worker' | 'validator',
  NetworkRole
>;

/** A network takes in those roles that it was founded for. */
export const roleProblem = ({ network }: Books, role: keyof typeof ROLE_OF): Refusal | null =>
  network === undefined || network.roles.includes(ROLE_OF[role])
    ? null
    : refuse('role_not_offered', `${network.network} has ${network.roles.join(', ')}`);
