/**
 * Loss on pages nobody trains on, as an integer fit for the ledger. Rows do not influence each
 * other, so the batch size changes speed, never the result.
 */
import { languageModel } from '../model/language-model.ts';
import type { Backend } from '../backend.ts';
import { checkModelConfig, checkWhole } from '../model/config.ts';
import type { LoraSpec } from '../lora/spec.ts';
import type { ModelConfig } from '../model/config.ts';
import { NumericFault } from './numeric-fault.ts';
import { occupyBackend } from './occupy-backend.ts';
import { checkPages } from './spec.ts';
import { subjectOf } from './subject.ts';
import type { Subject } from './subject.ts';
import { copyTensors } from '../tensors/on-backend.ts';
import { openDeviceLosses } from '../device/device-losses.ts';
import type { RowLosses } from './row-losses.ts';

/** A checkpoint of an adapter: what it adapts. */
export interface Adapted {
  readonly adapter: LoraSpec;
  /** safetensors of the frozen model. */
  readonly base: Uint8Array;
}

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
  adapted: Adapted | null = null,
): Promise<number> {
  checkModelConfig(model);
  checkWhole('batchPages', batchPages, 1, 65536);
  checkPages(model, pages);
  const subject = subjectOf(model, adapted?.adapter, checkpoint, adapted?.base ?? null);
  const batchSize = Math.min(batchPages, pages.length);
  return occupyBackend(backend, async () => {
    const losses = await openLosses(model, subject, batchSize, backend);
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
  { trained, base, corrections }: Subject,
  batch: number,
  backend: Backend,
): Promise<RowLosses> {
  if (backend.device !== undefined && corrections.size === 0)
    return openDeviceLosses(config, trained, batch, backend.device);
  const bound = languageModel({
    config,
    batch,
    backend,
    parameters: copyTensors(new Map([...base, ...trained]), backend),
    corrections,
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
