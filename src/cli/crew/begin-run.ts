/** The last preparations of a run that is already staffed: dataset, plan, first checkpoint, start. */
import type { Artifacts } from '../../commands/ports/artifacts.ts';
import type { RunPlan } from '../../projections/books.ts';
import { parameterCount } from '../../compute/model/parameters.ts';
import type { DatasetRecipe, Operator } from '../../roles/operator.ts';
import { buildDataset } from '../../roles/operator.ts';

export interface RunToBegin {
  readonly plan: RunPlan;
  readonly recipe: DatasetRecipe;
  readonly say: (line: string) => void;
}

export async function beginRun(
  operator: Operator,
  artifacts: Artifacts,
  { plan, recipe, say }: RunToBegin,
): Promise<void> {
  say(`training a byte-level BPE tokenizer of ${plan.model.vocabSize} tokens on ${recipe.dataset}`);
  const dataset = await buildDataset(recipe, artifacts);
  await operator.registerDataset(dataset);
  const { pages, pageTokens, heldOutPages } = dataset;
  say(`${pages} pages of ${pageTokens} tokens, ${heldOutPages} of them held out`);
  await operator.startRun(plan);
  const parameters = (parameterCount(plan.model) / 1e6).toFixed(2);
  say(`a transformer of ${parameters} M parameters, ${plan.windows} windows`);
}
