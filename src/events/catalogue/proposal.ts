/** Facts about how a network changes its terms: proposals, votes, and revisions that come of them. */
import { integer, label, nullable, object, oneOf, reasonCode, slug } from '../codecs.ts';
import { declareFact } from './declare.ts';
import { councilSeats, epochNumber } from './network.ts';
import { networkPolicy } from './policy.ts';

const governanceRevision = integer(1, 1_000_000_000);
/** Weight of all votes of a kind. */
const votes = integer(0, Number.MAX_SAFE_INTEGER);
const about = (data: { proposal: string }): string => `proposal/${data.proposal}`;

/** What a proposal changes: one of these is there, the others are null. */
const change = {
  policy: nullable(networkPolicy),
  council: nullable(councilSeats),
  /** The run starts again from what this revision of it was. */
  rollback: nullable(object({ run: slug, toRevision: integer(0, 1e9) })),
};

export const proposalSubmitted = declareFact({
  type: 'daybook.proposal.submitted.v1',
  author: 'anyone',
  command: 'submit-proposal',
  doc: 'A member of the council proposes a change of terms, to be voted on and to take effect at an epoch.',
  subject: about,
  data: object({
    proposal: slug,
    title: label,
    /** The governance revision that it would change. */
    base: governanceRevision,
    ...change,
    activationEpoch: epochNumber,
  }),
});

export const proposalVoted = declareFact({
  type: 'daybook.proposal.voted.v1',
  author: 'anyone',
  command: 'vote',
  doc: 'A member of the council votes on a proposal, once.',
  subject: about,
  data: object({ proposal: slug, vote: oneOf('yes', 'no', 'abstain') }),
});

export const proposalResolved = declareFact({
  type: 'daybook.proposal.resolved.v1',
  author: 'authority',
  doc: 'Voting is over, or no vote could change its outcome any more.',
  subject: about,
  data: object({
    proposal: slug,
    outcome: oneOf('accepted', 'rejected', 'no_turnout'),
    yes: votes,
    no: votes,
    abstain: votes,
    /** Weight of the whole council. */
    weight: votes,
    /** Of the policy by whose terms this was counted. */
    policyRevision: integer(1, 1_000_000),
  }),
});

export const proposalLapsed = declareFact({
  type: 'daybook.proposal.lapsed.v1',
  author: 'authority',
  doc: 'A proposal can no longer take effect, whatever was or would have been voted.',
  subject: about,
  data: object({ proposal: slug, reason: reasonCode }),
});

export const revisionActivated = declareFact({
  type: 'daybook.revision.activated.v1',
  author: 'authority',
  doc: 'What a proposal changes is in force from now on: the next governance revision of the network.',
  subject: (data) => `network/${data.network}`,
  data: object({
    network: slug,
    /** Of governance; that of a policy stands in the policy. */
    revision: governanceRevision,
    proposal: slug,
    epoch: epochNumber,
    ...change,
  }),
});
