/**
 * What a dispute comes to, by recomputation from the books and artifacts: a referee's duty and an
 * audit's check. Where there was nothing to narrow, the whole contribution is computed again.
 */
import type { Verdict as Standing } from '../../compute/disputes/finding.ts';
import { Fault } from '../../commands/ports/fault.ts';
import { stepsBetween } from '../../commands/rules/discipline/disputes.ts';
import { digestOf } from '../../events/digest.ts';
import type { Digest } from '../../events/ids.ts';
import type { Assignment, Books } from '../../projections/books.ts';
import { must } from '../../projections/books.ts';
import type { DisputeBook, DisputeRound, Ruling } from '../../projections/dispute-book.ts';
import { verdictOf } from '../../projections/disputes.ts';
import { ComputeError } from '../compute-lane.ts';
import { recomputeContribution } from '../recompute.ts';
import type { Tools } from '../recompute.ts';
import { disputedWork } from './disputed-work.ts';
import type { Transcript } from './judge-transcript.ts';

export interface Rulings {
  readonly claimant: Ruling;
  readonly defender: Ruling;
}

const NOT_COMPARABLE: Rulings = { claimant: 'not_comparable', defender: 'not_comparable' };

/** @param assignment of the dispute, as in the books */
export async function findDispute(
  tools: Tools,
  books: Books,
  assignment: Assignment,
  dispute: DisputeBook,
): Promise<Rulings> {
  try {
    const defender = must(dispute.defenders.at(-1), 'defender');
    const steps = stepsBetween(books, assignment, defender);
    if (steps === null) return await wholeWork(tools, books, assignment, defender);
    return await transcriptOf(tools, books, assignment, dispute);
  } catch (error) {
    if (error instanceof ComputeError) return NOT_COMPARABLE;
    throw error;
  }
}

async function wholeWork(
  tools: Tools,
  books: Books,
  assignment: Assignment,
  defender: Parameters<typeof verdictOf>[1],
): Promise<Rulings> {
  const { delta } = await recomputeContribution(tools, books, assignment.assignment, null);
  const right = digestOf(delta);
  const ruling = (claimed: Digest | undefined): Ruling =>
    claimed === right ? 'stands' : 'result_wrong';
  return {
    claimant: ruling(assignment.submission?.delta.digest),
    defender: ruling(verdictOf(assignment, defender).recomputed?.digest),
  };
}

async function transcriptOf(
  tools: Tools,
  books: Books,
  assignment: Assignment,
  { rounds, defenders }: DisputeBook,
): Promise<Rulings> {
  const { lane } = tools;
  if (lane.disputes === undefined) return NOT_COMPARABLE;
  const first = must(
    verdictOf(assignment, must(defenders.at(-1), 'defender')).firstDivergence,
    'divergence',
  );
  const { agreed: step } = must(
    stepsBetween(books, assignment, must(defenders.at(-1), 'defender')),
    'steps',
  );
  const root = must(assignment.submission, 'submission').trace[first - 1];
  const transcript: Transcript = {
    agreed: root === undefined ? null : { step, root },
    rounds,
    files: await filesOf(tools, rounds),
  };
  const work = await disputedWork(tools, books, assignment.assignment);
  const finding = await lane.disputes.run('disputeFinding', { ...work, transcript });
  return { claimant: rulingOf(finding.first), defender: rulingOf(finding.second) };
}

const rulingOf = (standing: Standing): Ruling =>
  standing.kind === 'stands' ? 'stands' : standing.reason;

async function filesOf(
  { artifacts }: Tools,
  rounds: readonly DisputeRound[],
): Promise<Transcript['files']> {
  const last = rounds.at(-1);
  const fileOf = async (digest: Digest | undefined): Promise<Uint8Array | null> => {
    if (digest === undefined) return null;
    try {
      return await artifacts.get(digest);
    } catch (error) {
      const code = error instanceof Fault ? error.code : null;
      if (code !== 'artifact_missing' && code !== 'artifact_corrupt') throw error;
      return null;
    }
  };
  return [
    await fileOf(last?.claimant?.evidence?.digest),
    await fileOf(last?.defender?.evidence?.digest),
  ];
}
