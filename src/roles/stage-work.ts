/**
 * What one stage of a slot comes to, from what it was handed and from what should have been handed to
 * it. A state that the store has lost is computed again: it follows from the stages before it.
 */
import type { Artifacts } from '../commands/ports/artifacts.ts';
import { Fault } from '../commands/ports/fault.ts';
import { digestOf } from '../events/digest.ts';
import type { Digest } from '../events/ids.ts';
import type { Assignment, Books } from '../projections/books.ts';
import { must } from '../projections/books.ts';
import { upstreamOf } from '../projections/grouped-stages.ts';
import type { SentContribution } from './compute-lane.ts';
import { assignedPages, baseOf } from './recompute.ts';
import type { Tools } from './recompute.ts';
import { assignedWork } from './work-spec.ts';

/**
 * @param input the state handed on; of a first stage the window's checkpoint
 * @param checkpoint the window's, where its bytes are at hand
 * @throws ComputeError, before any step, for an input that is no state after the steps before
 */
export async function runStage(
  tools: Tools,
  books: Books,
  assignment: string,
  input: Uint8Array,
  checkpoint?: Uint8Array,
): Promise<SentContribution> {
  const { plan, window, spec, assignment: held } = assignedWork(books, assignment);
  const { firstStep, steps } = must(held.stage, 'stage');
  const isFirst = firstStep === 0;
  const done = await tools.lane.run('stage', {
    spec,
    span: { first: firstStep, steps },
    checkpoint: checkpoint ?? (isFirst ? input : await tools.artifacts.get(window.checkpoint)),
    state: isFirst ? null : input,
    pages: await assignedPages(tools, books, assignment),
    base: await baseOf(plan, tools.artifacts),
  });
  return { ...done, feedback: null };
}

/**
 * From what counts of the stages before; null: that is not to be had. What was accepted and never
 * recomputed may not be what its stage comes to, and is gone once the store has lost it.
 */
export async function recomputeCounted(
  tools: Tools,
  books: Books,
  assignment: string,
): Promise<SentContribution | null> {
  const input = await countedInput(tools, books, assignment);
  return input === null ? null : runStage(tools, books, assignment, input);
}

async function countedInput(
  tools: Tools,
  books: Books,
  assignment: string,
): Promise<Uint8Array | null> {
  const { window, assignment: held } = assignedWork(books, assignment);
  const upstream = upstreamOf(window, held);
  if (upstream === null) return tools.artifacts.get(window.checkpoint);
  if (upstream.counted === null) return null;
  const stored = await storedBytes(tools.artifacts, upstream.counted);
  if (stored !== null) return stored;
  const again = await recomputeCounted(tools, books, upstream.assignment);
  return again !== null && digestOf(again.delta) === upstream.counted ? again.delta : null;
}

/** What the stage was handed; null: its bytes are gone. */
export async function handedInput(
  tools: Tools,
  books: Books,
  { assignment, stage, refusedInput }: Assignment,
): Promise<Uint8Array | null> {
  return refusedInput === undefined
    ? countedInput(tools, books, assignment)
    : storedBytes(tools.artifacts, must(stage, 'stage').input);
}

/** Null for bytes that the store has not, or has damaged. */
async function storedBytes(artifacts: Artifacts, digest: Digest): Promise<Uint8Array | null> {
  try {
    return await artifacts.get(digest);
  } catch (error) {
    const code = error instanceof Fault ? error.code : null;
    if (code !== 'artifact_missing' && code !== 'artifact_corrupt') throw error;
    return null;
  }
}
