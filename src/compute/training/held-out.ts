/**
 * Loss on pages nobody trains on, as an integer fit for the ledger. Rows do not influence each
 * other, so the batch size changes speed, never the result.
 */
import { languageModel } from '../model/language-model.ts';
import type { Backend } from '../backend.ts';
import { checkModelConfig, checkWhole } from '../model/config.ts';
import type { ModelConfig } from '../model/config.ts';
import { conform } from '../model/parameters.ts';
import { readSafetensors } from '../tensors/safetensors.ts';
import { NumericFault } from './numeric-fault.ts';
import { occupyBackend } from './occupy-backend.ts';
import { checkPages } from './spec.ts';
import { copyTensors } from '../tensors/on-backend.ts';
import type { Tensors } from '../tensors/tensor.ts';
import { openDeviceLosses } from '../device/device-losses.ts';
import type { RowLosses } from './row-losses.ts';

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
    const losses = await openLosses(model, tensors, batchSize, backend);
    let sum = 0;
    try {
      for (let first = 0; first < pages.length; first += batchSize) {
        const batch = pages.slice(first, first + batchSize);
        const rows = await losses.of(batch);
        for (let row = 0; row < batch.length * model.contextLength; row += 1) sum += rows[row]!;
      }
    } finally {
      losses.close();
    }
    const mean = sum / (pages.length * model.contextLength);
    if (!Number.isFinite(mean)) throw new NumericFault('loss', -1);
    return Math.round(mean * 1e6);
  });
}

async function openLosses(
  config: ModelConfig,
  tensors: Tensors,
  batch: number,
  backend: Backend,
): Promise<RowLosses> {
  if (backend.device !== undefined) return openDeviceLosses(config, tensors, batch, backend.device);
  const bound = languageModel({
    config,
    batch,
    backend,
    parameters: copyTensors(tensors, backend),
  });
  return {
    async of(pages) {
      bound.load(pages);
      await bound.program.forward();
      return bound.rowLosses;
    },
    close() {},
  };
}
