/**
 * How proposals come to their end. Epochs are a function of the ledger's clock, and only one at whose
 * beginning a vote closes or a change takes effect gets an entry: an idle network sleeps through the
 * rest, and a ledger that slept through many records one. Whatever changes the terms makes the other
 * open proposals lapse: they were made, and voted on, under terms that are gone.
 */
import type { EventOf, Fact } from '../../events/catalogue.ts';
import type { Books } from '../../projections/books.ts';
import { must, openWindow, revisionCount, revisionOf } from '../../projections/books.ts';
import type { NetworkBook, ProposalBook } from '../../projections/network-book.ts';
import {
  epochAt,
  epochStartMs,
  proposalsOf,
  tallyOf,
  weightOf,
} from '../../projections/network-book.ts';
import { changeProblem } from '../guards/network.ts';
import type { Outcome } from '../tally.ts';
import { outcomeOf, settledOutcome } from '../tally.ts';
import type { Timer } from './rule.ts';
import { fact } from './rule.ts';

export function* governanceTimers(books: Books): Iterable<Timer> {
  const { network } = books;
  if (network === undefined) return;
  const inTurn = proposalsOf(network)
    .filter((proposal) => !waits(books, proposal))
    .sort((one, other) => dueEpoch(one) - dueEpoch(other));
  for (const proposal of inTurn)
    yield {
      dueMs: epochStartMs(network, dueEpoch(proposal)),
      fire: ({ nowMs }) => {
        const epoch = epochAt(network, nowMs);
        return [...epochFacts(network, epoch), ...endOf(books, network, proposal, epoch)];
      },
    };
}

const dueEpoch = ({ accepted, closesEpoch, activationEpoch }: ProposalBook): number =>
  accepted === null ? closesEpoch : activationEpoch;

/** No ground is taken from under an open window: what it started from stays until it is closed. */
const waits = (books: Books, { accepted, rollback }: ProposalBook): boolean =>
  accepted !== null && rollback !== null && openWindow(books, rollback.run) !== undefined;

function epochFacts(network: NetworkBook, epoch: number): Fact[] {
  return epoch === network.epoch
    ? []
    : [
        fact('daybook.epoch.began.v1', {
          network: network.network,
          epoch,
          previous: network.epoch,
        }),
      ];
}

function endOf(books: Books, network: NetworkBook, proposal: ProposalBook, epoch: number): Fact[] {
  if (proposal.accepted === null) {
    const terms = must(books.policy?.governance, 'terms of governance');
    const outcome = outcomeOf(tallyOf(network, proposal), weightOf(network), terms);
    return [resolved(books, network, proposal, outcome)];
  }
  const problem = changeProblem(books, proposal);
  if (problem !== null) return [lapsed(proposal, problem.code)];
  const { policy, council, rollback } = proposal;
  return [
    fact('daybook.revision.activated.v1', {
      network: network.network,
      revision: network.revision + 1,
      proposal: proposal.proposal,
      epoch,
      policy,
      council,
      rollback,
    }),
  ];
}

function resolved(
  books: Books,
  network: NetworkBook,
  proposal: ProposalBook,
  outcome: Outcome,
): Fact {
  return fact('daybook.proposal.resolved.v1', {
    proposal: proposal.proposal,
    outcome,
    ...tallyOf(network, proposal),
    weight: weightOf(network),
    policyRevision: must(books.policy, 'policy').revision,
  });
}

const lapsed = ({ proposal }: ProposalBook, reason: string): Fact =>
  fact('daybook.proposal.lapsed.v1', { proposal, reason });

/** Voting ends early where the votes that are out cannot change anything. */
export function resolveOnVote(books: Books, event: EventOf<'daybook.proposal.voted.v1'>): Fact[] {
  const network = must(books.network, 'network');
  const proposal = must(network.proposals[event.data.proposal], 'proposal');
  const terms = must(books.policy?.governance, 'terms of governance');
  const outcome = settledOutcome(tallyOf(network, proposal), weightOf(network), terms);
  return outcome === null ? [] : [resolved(books, network, proposal, outcome)];
}

export function carryOut(books: Books, event: EventOf<'daybook.revision.activated.v1'>): Fact[] {
  const others = proposalsOf(must(books.network, 'network'));
  return [
    ...restoration(books, event),
    ...others.map((proposal) => lapsed(proposal, 'terms_changed')),
  ];
}

function restoration(
  books: Books,
  { data: { rollback, proposal } }: EventOf<'daybook.revision.activated.v1'>,
): Fact[] {
  if (rollback === null) return [];
  const run = must(books.runs[rollback.run], 'run');
  const earlier = must(revisionOf(run, rollback.toRevision), 'revision');
  return [
    fact('daybook.checkpoint.restored.v1', {
      run: rollback.run,
      revision: revisionCount(run),
      from: earlier.revision,
      parent: must(run.revisions.at(-1), 'revision').checkpoint.digest,
      checkpoint: earlier.checkpoint,
      momentum: earlier.momentum,
      heldOutLossMicroNats: earlier.heldOutLossMicroNats,
      proposal,
    }),
  ];
}
