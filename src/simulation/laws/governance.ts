/** Laws about who decides the terms. */
import type { LawOf } from '../law.ts';

const BPS = 10_000n;

export const councilDecides: LawOf = {
  name: 'council-decides',
  doc: 'Once a network is founded, its policy and its council change, and a run is taken back, only by a proposal for which enough of the council voted, after its notice.',
  make: (breached) => {
    const votes = new Map<string, Map<string, string>>();
    let policy: number | null = null;
    let council: string | null = null;
    let activated: string | null = null;
    return {
      see: (event, { books }) => {
        const { network } = books;
        if (network === undefined) return;
        const now = books.policy?.revision ?? 0;
        const seats = JSON.stringify(network.council);
        if (event.type === 'daybook.proposal.voted.v1') {
          const cast = votes.get(event.data.proposal) ?? new Map<string, string>();
          if (cast.has(event.actor)) breached(`${event.actor} votes twice`);
          votes.set(event.data.proposal, cast.set(event.actor, event.data.vote));
        }
        if (event.type === 'daybook.checkpoint.restored.v1' && event.data.proposal !== activated)
          breached(`entry ${event.sequence} takes a run back, and no proposal says so`);
        if (event.type !== 'daybook.revision.activated.v1') {
          if (policy !== null && (policy !== now || council !== seats))
            breached(`terms change with ${event.type} at entry ${event.sequence}`);
          [policy, council] = [now, seats];
          return;
        }
        // Of the council that voted: it stays the same until a proposal changes it.
        const before = JSON.parse(council ?? '[]') as { member: string; weight: number }[];
        const of = (...kinds: string[]): bigint =>
          before
            .filter(({ member }) =>
              kinds.includes(votes.get(event.data.proposal)?.get(member) ?? ''),
            )
            .reduce((sum, { weight }) => sum + BigInt(weight), 0n);
        const all = before.reduce((sum, { weight }) => sum + BigInt(weight), 0n);
        // No simulated proposal changes these.
        const { turnoutBps = 0, approvalBps = 0 } = books.policy?.governance ?? {};
        if (of('yes', 'no', 'abstain') * BPS < BigInt(turnoutBps) * all)
          breached(`${event.data.proposal} takes effect without turnout`);
        if (of('yes') * BPS < BigInt(approvalBps) * of('yes', 'no') || of('yes') === 0n)
          breached(`${event.data.proposal} takes effect without approval`);
        if (books.ledger.clockMs < network.genesisMs + event.data.epoch * network.epochMs)
          breached(`${event.data.proposal} takes effect before its epoch`);
        activated = event.data.proposal;
        [policy, council] = [now, seats];
      },
    };
  },
};
