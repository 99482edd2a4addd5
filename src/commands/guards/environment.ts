/** What the policy says about builds and classes of compute, and about the size of what is stored. */
import type { DataOfType } from '../../events/catalogue.ts';
import type { ArtifactRef, Books, Policy } from '../../projections/books.ts';
import type { Refusal } from '../refusal.ts';
import { refuse } from '../refusal.ts';

/** Asked of sessions when they begin; one that is under way goes on under terms that came later. */
export function environmentProblem(
  { policy }: Books,
  {
    software,
    computeClass,
  }: Pick<DataOfType<'daybook.participant.joined.v1'>, 'software' | 'computeClass'>,
): Refusal | null {
  const terms = policy?.environment;
  if (terms === undefined) return null;
  if (!terms.computeClasses.includes(computeClass))
    return refuse('environment_not_admitted', `sessions are ${terms.computeClasses.join(' or ')}`);
  return terms.software.length === 0 || terms.software.includes(software)
    ? null
    : refuse('environment_not_admitted', `"${software}" is none of the builds admitted`);
}

/** @param model what a delta of the run's model needs at most, in bytes */
export const deltaBytesAllowed = ({ artifact }: Policy, model: number): number =>
  Math.min(model, artifact?.deltaBytesMax ?? model);

export function checkpointProblem(
  { artifact }: Policy,
  ...parts: readonly ArtifactRef[]
): Refusal | null {
  const bytesMax = artifact?.checkpointBytesMax ?? Infinity;
  const large = parts.find(({ sizeBytes }) => sizeBytes > bytesMax);
  return large === undefined
    ? null
    : refuse('oversized_checkpoint', `${large.sizeBytes} bytes, at most ${bytesMax}`);
}
