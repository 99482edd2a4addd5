/**
 * What an offence comes to when somebody without a part in it looks again: the contribution is
 * recomputed, the outer step computed, the evidence verified. Null: it cannot be told here, and who
 * cannot tell does not vote.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import { LOG_START } from '../../events/ids.ts';
import { accusedOf } from '../../commands/evidence.ts';
import { decodeEvent } from '../../events/decode-event.ts';
import { unpackCommit } from '../../events/commit-codec.ts';
import type { LedgerEvent } from '../../events/catalogue.ts';
import { digestOf } from '../../events/digest.ts';
import { assignmentOf, windowKey } from '../../projections/books.ts';
import type { OffenceRecord, Vote } from '../../projections/offence-book.ts';
import { ComputeError } from '../compute-lane.ts';
import type { Node } from '../node.ts';
import { heldOutLoss, recomputeOuterStep } from '../recompute.ts';
import { verdictOn } from '../verdict-on.ts';

export interface Opinion {
  readonly vote: Vote;
  readonly reason: string;
}

/** What follows from the ledger alone: whoever folds it comes to the same. */
const OF_THE_RECORD: Opinion = { vote: 'uphold', reason: 'follows_from_the_record' };

const opinion = (holds: boolean, reason: string): Opinion => ({
  vote: holds ? 'uphold' : 'overturn',
  reason,
});

export async function lookAgain(
  offender: string,
  { kind, offence, evidence }: OffenceRecord,
  node: Node,
  signal: AbortSignal,
): Promise<Opinion | null> {
  switch (kind) {
    case 'altered_delta':
    case 'wrong_feedback':
    case 'copied_delta':
    case 'replayed_delta':
    case 'divergent_delta': {
      const found = await verdictOf(assignmentIn(offence), node, signal);
      return found === null ? null : opinion(found.disposition === 'rejected', 'recomputed');
    }
    case 'overturned_rejection': {
      const found = await verdictOf(assignmentIn(offence), node, signal);
      return found === null ? null : opinion(found.disposition === 'accepted', 'recomputed');
    }
    case 'false_verdict':
      return verdictAgain(offender, assignmentIn(offence), node, signal);
    case 'false_report':
      return reportAgain(offender, offence, node);
    case 'equivocation':
      return evidenceAgain(offender, evidence, node);
    default:
      return OF_THE_RECORD;
  }
}

/** `<run>/<window>/<slot>/<attempt>` of `<sort>/<assignment>` and of `<sort>/<assignment>/<validator>`. */
const assignmentIn = (offence: string): string => offence.split('/').slice(1, 5).join('/');

/** Null: it is archived, or nobody can say. */
async function verdictOf(assignment: string, node: Node, signal: AbortSignal) {
  const submission = assignmentOf(node.follower.books, assignment)?.submission;
  if (!submission) return null;
  const verdict = await verdictOn(assignment, submission, node, new Map(), signal);
  return verdict.disposition === 'replay_required' ? null : verdict;
}

async function verdictAgain(
  validator: string,
  assignment: string,
  node: Node,
  signal: AbortSignal,
): Promise<Opinion | null> {
  const { challenge } = assignmentOf(node.follower.books, assignment) ?? {};
  const said = challenge?.verdicts.find((one) => one.validator === validator);
  const found = await verdictOf(assignment, node, signal);
  if (said === undefined || found === null) return null;
  const same =
    said.disposition === found.disposition &&
    (found.disposition === 'accepted' || said.recomputed?.digest === found.recomputed?.digest);
  return opinion(!same, 'recomputed');
}

async function reportAgain(
  validator: string,
  offence: string,
  node: Node,
): Promise<Opinion | null> {
  const { books } = node.follower;
  const [, run = '', index = ''] = offence.split('/');
  const window = books.windows[windowKey(run, Number(index))];
  const said = window?.aggregation?.reports.find((one) => one.validator === validator);
  if (window === undefined || said === undefined) return null;
  try {
    const { checkpoint, momentum } = await recomputeOuterStep(node, books, window);
    const same =
      said.checkpoint.digest === digestOf(checkpoint) &&
      said.momentum.digest === digestOf(momentum) &&
      said.lossBeforeMicroNats === window.lossBeforeMicroNats &&
      said.lossAfterMicroNats === (await heldOutLoss(node, books, run, checkpoint));
    return opinion(!same, 'recomputed');
  } catch (error) {
    if (error instanceof ComputeError) return null;
    throw error;
  }
}

/** Signatures and conflict once more, from the bytes in the log. */
async function evidenceAgain(
  offender: string,
  [sequence]: readonly number[],
  node: Node,
): Promise<Opinion | null> {
  const event = sequence === undefined ? null : await eventAt(sequence, node);
  if (event?.type !== 'daybook.evidence.submitted.v1') return null;
  return opinion(accusedOf(node.follower.books, event.data) === offender, 'verified');
}

/** Appeals are rare: the log is read from its beginning. */
async function eventAt(sequence: number, { log }: Node): Promise<LedgerEvent | null> {
  for await (const commit of log.read(LOG_START)) {
    if (sequence >= commit.first + commit.count) continue;
    const lines = unpackCommit(commit);
    const line = isLeft(lines) ? undefined : lines.right[sequence - commit.first];
    const event = line === undefined ? undefined : decodeEvent(line);
    return event === undefined || isLeft(event) ? null : event.right;
  }
  return null;
}
