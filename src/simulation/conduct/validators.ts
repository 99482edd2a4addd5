/** Validators that lie, guess, keep silent or agree on a lie beforehand. */
import type { DataOfType } from '../../events/catalogue.ts';
import { digestOf } from '../../events/digest.ts';
import { assignmentOf } from '../../projections/books.ts';
import type { Chance } from '../chance.ts';
import type { Conduct } from './conduct.ts';
import type { Rewrite } from './rewriting.ts';
import { rewriting } from './rewriting.ts';

type Verdict = DataOfType<'daybook.verdict.recorded.v1'>;
type Found = Pick<
  Verdict,
  'disposition' | 'reasons' | 'observed' | 'recomputed' | 'firstDivergence'
>;

const claimed = (what: string) => ({ digest: digestOf(Buffer.from(what)), sizeBytes: 100 });

function rejecting(what: string): Found {
  const reasons = ['digest_mismatch'];
  return {
    disposition: 'rejected',
    reasons,
    observed: null,
    recomputed: claimed(what),
    firstDivergence: 0,
  };
}

/** Says of a submission what it pleases; null: what it honestly found. */
const judging =
  (say: (assignment: string, committed: Verdict['recomputed']) => Found | null): Rewrite =>
  (fact, { follower }) => {
    if (fact.type !== 'daybook.verdict.recorded.v1') return fact;
    const { assignment } = fact.data;
    const committed = assignmentOf(follower.books, assignment)?.submission?.delta ?? null;
    return { ...fact, data: { ...fact.data, ...say(assignment, committed) } };
  };

const accepting = (committed: Verdict['recomputed']): Found => ({
  disposition: 'accepted',
  reasons: [],
  observed: committed?.digest ?? null,
  recomputed: committed,
  firstDivergence: null,
});

export const acceptsAll: Conduct = {
  doc: 'Accepts everything without a look.',
  role: 'validator',
  duties: rewriting(judging((_assignment, committed) => accepting(committed))),
};

export const rejectsAll: Conduct = {
  doc: 'Rejects everything, each time with a digest of its own.',
  role: 'validator',
  duties: (honest, means) =>
    rewriting(judging((assignment) => rejecting(`${means.key.actor} ${assignment}`)))(
      honest,
      means,
    ),
};

const guess = (chance: Chance, committed: Verdict['recomputed']): Found =>
  chance.ppm(500_000) ? accepting(committed) : rejecting(String(chance.uint32()));

export const guesses: Conduct = {
  doc: 'Tosses a coin.',
  role: 'validator',
  duties: (honest, means) =>
    rewriting(judging((_assignment, committed) => guess(means.chance, committed)))(honest, means),
};

export const keepsSilent: Conduct = {
  doc: 'Is alive and gives no verdict and no report.',
  role: 'validator',
  duties: () => ({ perform: async () => undefined }),
};

export const colludes: Conduct = {
  doc: 'Rejects every second slot with the digest all colluders agreed on, and accepts the others.',
  role: 'validator',
  duties: rewriting(
    judging((assignment, committed) =>
      Number(assignment.split('/')[2]) % 2 === 0
        ? rejecting(`agreed ${assignment}`)
        : accepting(committed),
    ),
  ),
};

export const reportsFalsely: Conduct = {
  doc: 'Reports a held-out loss that was never measured.',
  role: 'validator',
  duties: rewriting((fact) =>
    fact.type === 'daybook.aggregation.reported.v1'
      ? { ...fact, data: { ...fact.data, lossAfterMicroNats: 1 } }
      : fact,
  ),
};
