/** What an adapter run must be, and how large what it sends can be. */
import type { AdapterData, RunPlan } from '../../projections/books.ts';

type Model = RunPlan['model'];
type Map = AdapterData['targets'][number];

/** Sum of inputs and outputs of a linear map, and how many there are of it. */
function extentOf({ dModel, dFf, vocabSize, layers }: Model, target: Map): [number, number] {
  if (target === 'lm_head') return [dModel + vocabSize, 1];
  const isFeedForward = target === 'w1' || target === 'w2' || target === 'w3';
  return [dModel + (isFeedForward ? dFf : dModel), layers];
}

/** What is wrong with it, for people; null: nothing. */
export function adapterProblem(model: Model, { rank, targets }: AdapterData): string | null {
  if (new Set(targets).size !== targets.length) return 'a target of the adapter is doubled';
  const least = Math.min(model.dModel, model.dFf, model.vocabSize);
  return rank > least ? `rank ${rank} is more than the ${least} of the smallest map` : null;
}

/** Four bytes a parameter, and 256 a tensor for the header. */
export function adapterBytesMax(model: Model, { rank, targets }: AdapterData): number {
  const bytes = targets.map((target) => {
    const [extent, count] = extentOf(model, target);
    return count * (4 * rank * extent + 2 * 256);
  });
  return bytes.reduce((sum, part) => sum + part, 1024);
}
