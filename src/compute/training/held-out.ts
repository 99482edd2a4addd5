/**
 * Loss on pages nobody trains on, as an integer fit for the ledger. Rows do not influence each
 * other, so the batch size changes speed, never the result.
 */
import type { Backend } from '../backend.ts';
import { allocateActivations } from '../model/activations.ts';
import { checkModelConfig, checkWhole } from '../model/config.ts';
import type { ModelConfig } from '../model/config.ts';
import { forward, planForward } from '../model/forward.ts';
import { byRole } from '../model/layer-parameters.ts';
import { conform } from '../model/parameters.ts';
import { readSafetensors } from '../tensors/safetensors.ts';
import { loadBatch } from './batch.ts';
import { NumericFault } from './numeric-fault.ts';
import { occupyBackend } from './occupy-backend.ts';
import { checkPages } from './spec.ts';
import { copyTensors } from './trainer.ts';

/**
 * round(1e6 x mean nats a token) over all pages, rows summed ascending in f64. Throws as
 * `contribute` does.
 */
export async function heldOutLossMicroNats(
  model: ModelConfig,
  checkpoint: Uint8Array,
  pages: readonly Uint16Array[],
  batchPages: number,
  backend: Backend,
): Promise<number> {
  checkModelConfig(model);
  checkWhole('batchPages', batchPages, 1, 65536);
  checkPages(model, pages);
  const tensors = conform(model, readSafetensors(checkpoint).tensors, 'checkpoint');
  const batchSize = Math.min(batchPages, pages.length);
  return occupyBackend(backend, async () => {
    const weights = byRole(copyTensors(tensors, backend), model.layers);
    const x = allocateActivations(model, batchSize, backend);
    const pass = planForward(model, weights, x);
    let sum = 0;
    for (let first = 0; first < pages.length; first += batchSize) {
      const batch = pages.slice(first, first + batchSize);
      loadBatch(x, batch);
      await forward(pass, backend);
      for (let row = 0; row < batch.length * model.contextLength; row += 1) {
        sum += x.rowLosses[row]!;
      }
    }
    const mean = sum / (pages.length * model.contextLength);
    if (!Number.isFinite(mean)) throw new NumericFault('loss', -1);
    return Math.round(mean * 1e6);
  });
}
