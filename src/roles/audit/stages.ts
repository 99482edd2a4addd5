/**
 * The audit of one stage of a slot: its author by what it was handed, and what counts by the stages
 * before it, each of which is audited by itself.
 */
import { digestOf } from '../../events/digest.ts';
import type { Digest } from '../../events/ids.ts';
import type { Assignment, Books } from '../../projections/books.ts';
import { must } from '../../projections/books.ts';
import { upstreamOf } from '../../projections/grouped-stages.ts';
import { pagesReceipt } from '../dataset-cache.ts';
import type { Tools } from '../recompute.ts';
import { assignedPages } from '../recompute.ts';
import { lookAtStage } from '../stage-verdict.ts';
import { assignedWork } from '../work-spec.ts';
import { Finding } from './check.ts';

/** @returns what the stage comes to; null: what it was handed was refused, and is gone */
export async function checkStage(
  held: Assignment,
  books: Books,
  tools: Tools,
): Promise<Digest | null> {
  const { assignment, disposition, counted, pagesRoot, refusedInput, stage } = held;
  const upstream = upstreamOf(assignedWork(books, assignment).window, held);
  const handed = upstream === null ? undefined : must(upstream.submission, 'state').delta.digest;
  if (handed !== undefined && handed !== stage?.input)
    throw new Finding(`it begins with ${stage?.input}, the stage before came to ${handed}`);
  const { honest, right } = await lookAtStage(tools, books, held);
  const claimed = must(held.submission, 'submission').delta.digest;
  const own = honest === null ? null : digestOf(honest.delta);
  const receipt =
    pagesRoot === undefined
      ? undefined
      : pagesReceipt(await assignedPages(tools, books, assignment));
  // What was handed on and refused, or never recomputed, need not be there any more.
  const isTold = own !== null;
  const isHonest = own === claimed && receipt === pagesRoot;
  if (disposition === 'accepted' && isTold && !isHonest)
    throw new Finding(`accepted as ${claimed}, but the stage comes to ${own}`);
  if (disposition === 'rejected' && isHonest)
    throw new Finding(`rejected, but the stage does come to ${claimed}`);
  const due = refusedInput === null || right === null ? null : digestOf(right.delta);
  if (counted !== null && counted !== due && (right !== null || refusedInput === null))
    throw new Finding(`counted ${counted}, but the right one is ${due ?? 'not known'}`);
  return own;
}
