/** The network book: founding, epochs, proposals and their votes, the revisions that come of them. */
import type { EventOf, EventOfFamily } from '../events/catalogue.ts';
import type { Books } from './books.ts';
import { byName, must } from './books.ts';
import { policyOffered, takeEffect } from './ledger.ts';
import type { ClosedProposal, NetworkBook, ProposalBook } from './network-book.ts';
import { epochAt, tallyOf } from './network-book.ts';

type NetworkEvent = EventOfFamily<'network' | 'epoch' | 'proposal' | 'revision'>;

export function foldNetwork(books: Books, event: NetworkEvent): void {
  if (event.type === 'daybook.network.founded.v1') {
    books.network = founded(event, books.ledger.clockMs);
    return;
  }
  const network = must(books.network, 'network');
  switch (event.type) {
    case 'daybook.epoch.began.v1':
      network.epoch = event.data.epoch;
      return;
    case 'daybook.proposal.submitted.v1':
      network.proposals[event.data.proposal] = submitted(books, network, event);
      return;
    case 'daybook.proposal.voted.v1':
      proposalOf(network, event.data.proposal).votes[event.actor] = {
        vote: event.data.vote,
        sequence: event.sequence,
      };
      return;
    case 'daybook.proposal.resolved.v1': {
      const { proposal, outcome } = event.data;
      if (outcome === 'accepted') proposalOf(network, proposal).accepted = event.sequence;
      else close(network, proposal, outcome, event.sequence);
      return;
    }
    case 'daybook.proposal.lapsed.v1':
      close(network, event.data.proposal, 'lapsed', event.sequence);
      return;
    case 'daybook.revision.activated.v1': {
      const { revision, proposal, policy, council } = event.data;
      // Counted before the council is another.
      close(network, proposal, 'activated', event.sequence);
      network.revision = revision;
      if (policy !== null) takeEffect(books, policyOffered(policy));
      if (council !== null) network.council = council;
      return;
    }
    default:
      event satisfies never;
  }
}

function founded(
  { sequence, data }: EventOf<'daybook.network.founded.v1'>,
  nowMs: number,
): NetworkBook {
  const { network, title, epochMs, roles, council } = data;
  return {
    network,
    title,
    sequence,
    genesisMs: nowMs,
    epochMs,
    roles,
    epoch: 0,
    revision: 1,
    council,
    proposals: byName(),
    closed: byName(),
  };
}

function submitted(
  books: Books,
  network: NetworkBook,
  { actor, sequence, data }: EventOf<'daybook.proposal.submitted.v1'>,
): ProposalBook {
  const { votingEpochs } = must(books.policy?.governance, 'terms of governance');
  return {
    ...data,
    proposer: actor,
    sequence,
    closesEpoch: epochAt(network, books.ledger.clockMs) + votingEpochs + 1,
    votes: byName(),
    accepted: null,
  };
}

const proposalOf = (network: NetworkBook, proposal: string): ProposalBook =>
  must(network.proposals[proposal], `proposal ${proposal}`);

function close(
  network: NetworkBook,
  name: string,
  outcome: ClosedProposal['outcome'],
  closed: number,
): void {
  const proposal = proposalOf(network, name);
  const tally = tallyOf(network, proposal);
  network.closed[name] = { outcome, submitted: proposal.sequence, closed, ...tally };
  delete network.proposals[name];
}
