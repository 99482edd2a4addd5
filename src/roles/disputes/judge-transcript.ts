/**
 * A referee's finding: the questions and answers that the ledger holds, run through the compute
 * engine's own course of a dispute, which checks what each answer promises, and at its end one
 * operation run alone. Claimant first, defender second.
 */
import type { Backend } from '../../compute/backend.ts';
import type { StateRootClaim } from '../../compute/disputes/answers.ts';
import { answered, openDispute, questionOf } from '../../compute/disputes/dispute.ts';
import type { Dispute, Pair } from '../../compute/disputes/dispute.ts';
import { DisputeError } from '../../compute/disputes/dispute-error.ts';
import type { Finding } from '../../compute/disputes/finding.ts';
import { Referee } from '../../compute/disputes/referee.ts';
import { sha256 } from '../../events/digest.ts';
import { must } from '../../projections/books.ts';
import type { DisputeRound } from '../../projections/dispute-book.ts';
import type { DisputedWork } from './answer-question.ts';
import { answerFrom, questionFrom } from './wire.ts';

export interface Transcript {
  /** State root by which both begin, and its step; null: step 0, which follows from the checkpoint. */
  readonly agreed: { readonly step: number; readonly root: string } | null;
  /** The first asks for the state root at which they part. */
  readonly rounds: readonly DisputeRound[];
  /** Tensors that each has shown; null: none. */
  readonly files: Pair<Uint8Array | null>;
}

/** Throws DisputeError for a transcript that no ledger writes. */
export async function judgeTranscript(
  { spec, checkpoint, pages }: DisputedWork,
  { agreed, rounds, files }: Transcript,
  backend: Backend,
): Promise<Finding> {
  const referee = await Referee.open(spec, checkpoint, pages, backend, sha256);
  const { plan, initialRoot } = referee;
  const [first, ...rest] = rounds;
  let dispute = openDispute(initialRoot, claimsOf(agreed, must(first, 'first round')));
  for (const { question, claimant, defender } of rest) {
    if (dispute.phase === 'resolved' || dispute.phase === 'evidence') break;
    const asked = must(questionFrom(question, plan.entries.length - 1), 'question');
    if (!isSame(asked, questionOf(dispute, plan)))
      throw new DisputeError('other_question', `${question.kind} is not what was to be asked`);
    const answers = [answerFrom(asked, claimant), answerFrom(asked, defender)] as const;
    dispute = answered(plan, dispute, answers, sha256);
  }
  return findingOf(dispute, referee, files);
}

const isSame = (one: object, other: object | null): boolean =>
  other !== null &&
  Object.entries(one).every(([name, value]) => (other as Record<string, unknown>)[name] === value);

function claimsOf(agreed: Transcript['agreed'], first: DisputeRound): Pair<StateRootClaim[]> {
  const { step } = first.question;
  const shared: StateRootClaim[] = agreed === null ? [] : [{ kind: 'state_root', ...agreed }];
  const claimed = (root: string | null | undefined): StateRootClaim[] => [
    ...shared,
    { kind: 'state_root', step, root: must(root, 'root') },
  ];
  return [claimed(first.claimant?.root), claimed(first.defender?.root)];
}

async function findingOf(
  dispute: Dispute,
  referee: Referee,
  files: Transcript['files'],
): Promise<Finding> {
  if (dispute.phase === 'resolved') return dispute.finding;
  if (dispute.phase === 'evidence') return referee.judge(dispute, files);
  throw new DisputeError('other_question', `it was referred in phase ${dispute.phase}`);
}
