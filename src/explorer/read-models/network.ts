/**
 * The network that a ledger is of, as people ask for it: who governs it and what is proposed, the
 * policy in force section by section, how many take part and how far they have come, and what is
 * offered to them. Parts that the ledger does not have are null or empty.
 */
import type { Books, Policy } from '../../projections/books.ts';
import { rulesOf } from '../../projections/books.ts';
import type { ClosedProposal, Tally } from '../../projections/network-book.ts';
import { epochAt, epochStartMs, proposalsOf, tallyOf } from '../../projections/network-book.ts';
import { weightOf } from '../../projections/network-book.ts';
import type { CountsView } from './live.ts';
import { countsOf } from './live.ts';
import { rosterOf } from './roster.ts';
import type { Party } from './party.ts';
import { partyOf } from './party.ts';

export interface ProposalView {
  readonly proposal: string;
  readonly title: string;
  readonly proposer: Party;
  readonly sequence: number;
  readonly activationEpoch: number;
  readonly closesEpoch: number;
  readonly accepted: number | null;
  readonly tally: Tally;
  readonly votes: readonly (Party & { readonly vote: string; readonly sequence: number })[];
  /** What it would change. */
  readonly changes: readonly string[];
}

export interface GovernanceView {
  readonly network: string;
  readonly title: string;
  readonly sequence: number;
  readonly genesisMs: number;
  readonly epochMs: number;
  /** By the ledger's clock, and when it ends. */
  readonly epoch: number;
  readonly epochEndsMs: number;
  readonly revision: number;
  readonly roles: readonly string[];
  readonly weight: number;
  readonly council: readonly (Party & { readonly weight: number })[];
  readonly proposals: readonly ProposalView[];
  readonly closed: readonly (ClosedProposal & { readonly proposal: string })[];
}

export interface OfferView {
  readonly run: string;
  readonly round: number;
  readonly open: number;
  readonly accepted: number;
  readonly declined: number;
  readonly lapsed: number;
}

export interface NetworkView {
  readonly ledger: string;
  readonly origin: string | null;
  readonly authority: string | null;
  readonly operator: string | null;
  readonly rules: number;
  readonly governance: GovernanceView | null;
  readonly policy: Policy | null;
  readonly counts: CountsView;
  /** Of participants with a record, by stage; empty where nobody is admitted by stages. */
  readonly stages: Readonly<Record<string, number>>;
  readonly registry: {
    readonly identities: number;
    readonly revoked: number;
    readonly clusters: number;
    readonly invitations: number;
    readonly invitationsUsed: number;
  } | null;
  readonly offers: readonly OfferView[];
  readonly offences: readonly { readonly kind: string; readonly count: number }[];
  readonly appealsOpen: number;
}

export function networkView(books: Books): NetworkView {
  const { ledger, origin, authority, operator } = books.ledger;
  return {
    ledger,
    origin,
    authority,
    operator,
    rules: rulesOf(books),
    governance: governanceView(books),
    policy: books.policy,
    counts: countsOf(books),
    stages: countBy(rosterOf(books).all.flatMap(({ stage }) => stage?.stage ?? [])),
    registry: registryView(books),
    offers: Object.entries(books.offers ?? {}).map(([run, { round, open, answers }]) => {
      const counts = countBy(Object.values(answers));
      return {
        run,
        round,
        open: Object.keys(open).length,
        accepted: counts['accepted'] ?? 0,
        declined: counts['declined'] ?? 0,
        lapsed: counts['lapsed'] ?? 0,
      };
    }),
    offences: Object.entries(
      countBy(
        Object.values(books.offences ?? {}).flatMap((found) => found.map(({ kind }) => kind)),
      ),
    ).map(([kind, count]) => ({ kind, count })),
    appealsOpen: Object.keys(books.appeals ?? {}).length,
  };
}

function governanceView(books: Books): GovernanceView | null {
  const { network } = books;
  if (network === undefined) return null;
  const epoch = epochAt(network, Math.max(books.ledger.clockMs, network.genesisMs));
  return {
    network: network.network,
    title: network.title,
    sequence: network.sequence,
    genesisMs: network.genesisMs,
    epochMs: network.epochMs,
    epoch,
    epochEndsMs: epochStartMs(network, epoch + 1),
    revision: network.revision,
    roles: network.roles.map((role) => (typeof role === 'string' ? role : JSON.stringify(role))),
    weight: weightOf(network),
    council: network.council.map(({ member, weight }) => ({ ...partyOf(books, member), weight })),
    proposals: proposalsOf(network).map((proposal) => ({
      proposal: proposal.proposal,
      title: proposal.title,
      proposer: partyOf(books, proposal.proposer),
      sequence: proposal.sequence,
      activationEpoch: proposal.activationEpoch,
      closesEpoch: proposal.closesEpoch,
      accepted: proposal.accepted,
      tally: tallyOf(network, proposal),
      votes: Object.entries(proposal.votes).map(([member, { vote, sequence }]) => ({
        ...partyOf(books, member),
        vote,
        sequence,
      })),
      changes: (['policy', 'council', 'rollback'] as const).filter((one) => proposal[one] !== null),
    })),
    closed: Object.entries(network.closed)
      .map(([proposal, closed]) => ({ proposal, ...closed }))
      .sort((a, b) => b.closed - a.closed),
  };
}

function registryView({ identity }: Books): NetworkView['registry'] {
  if (identity === undefined) return null;
  const identities = Object.values(identity.identities);
  const invitations = Object.values(identity.invitations);
  return {
    identities: identities.length,
    revoked: identities.filter(({ revoked }) => revoked !== undefined).length,
    clusters: Object.keys(identity.members).length,
    invitations: invitations.length,
    invitationsUsed: invitations.filter(({ used }) => used === true).length,
  };
}

function countBy(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
