/**
 * An adapter folded into the weights it corrects, and taken out again:
 *   merge    W' = fround(W + s D),  D = B A on the backend (partial sums in f32)
 *   unmerge  W" = fround(W' - s D)
 *
 * Merging rounds, so W" is W only up to |W" - W| <= (ulp(W') + ulp(W")) / 2: bits of W that W' had no
 * room for are lost. What is guaranteed is that the result says whether it is the base: `unmerge`
 * compares digests. Whoever needs the base's bits in any case keeps the base, which is not changed.
 */
import type { Backend } from '../backend.ts';
import type { ModelConfig } from '../model/config.ts';
import { conform } from '../model/parameters.ts';
import { multiply } from '../ops/linear.ts';
import { occupyBackend } from '../training/occupy-backend.ts';
import { writeSafetensors } from '../tensors/safetensors.ts';
import type { Tensor, Tensors } from '../tensors/tensor.ts';
import { TrainingInputError } from '../training-input-error.ts';
import type { LoraAdapter } from './adapter-file.ts';
import { conformAdapter, loraNames } from './adapter.ts';
import { loraTargets } from './spec.ts';

/** SHA-256 in practice; a parameter because this room has no crypto of its own. */
export type Hash = (bytes: Uint8Array) => Uint8Array;

/** Digest, in hex, of the checkpoint file of these parameters. */
export function baseDigest(parameters: Tensors, hash: Hash): string {
  const digest = hash(writeSafetensors(parameters));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * New parameters; the given ones stay. Throws TrainingInputError: base_mismatch where the parameters
 * are not those the adapter was trained on, value_not_finite where a sum is too large for f32, and
 * as `conform` does.
 */
export async function mergeAdapter(
  model: ModelConfig,
  parameters: Tensors,
  adapter: LoraAdapter,
  backend: Backend,
  hash: Hash,
): Promise<Tensors> {
  const base = conform(model, parameters, 'checkpoint');
  if (baseDigest(base, hash) !== adapter.base) {
    throw new TrainingInputError('base_mismatch', 'the adapter was trained on another checkpoint');
  }
  return addCorrection(model, base, adapter, 1, backend);
}

export interface Unmerged {
  readonly parameters: Tensors;
  /** Whether these are the base's bits, by its digest. */
  readonly exact: boolean;
}

/** Undoes `mergeAdapter` up to rounding. Throws TrainingInputError as `conform` does. */
export async function unmergeAdapter(
  model: ModelConfig,
  merged: Tensors,
  adapter: LoraAdapter,
  backend: Backend,
  hash: Hash,
): Promise<Unmerged> {
  const from = conform(model, merged, 'merged checkpoint');
  const parameters = await addCorrection(model, from, adapter, -1, backend);
  return { parameters, exact: baseDigest(parameters, hash) === adapter.base };
}

async function addCorrection(
  model: ModelConfig,
  parameters: Tensors,
  { spec, tensors }: LoraAdapter,
  sign: 1 | -1,
  backend: Backend,
): Promise<Tensors> {
  const adapters = conformAdapter(model, spec, tensors);
  const scale = (sign * spec.alpha) / spec.rank;
  const sums = new Map<string, Tensor>(parameters);
  for (const { weight, inputs, outputs } of loraTargets(model, spec)) {
    const { a, b } = loraNames(weight);
    const { shape, data } = parameters.get(weight)!;
    const correction = await occupyBackend(backend, async () => {
      const c = backend.alloc(data.length);
      await multiply(backend, {
        transA: false,
        transB: false,
        m: outputs,
        n: inputs,
        k: spec.rank,
        a: adapters.get(b)!.data,
        b: adapters.get(a)!.data,
        c,
        accumulate: false,
      });
      return c.slice();
    });
    const sum = Float32Array.from(data, (value, i) => value + scale * correction[i]!);
    if (!sum.every(Number.isFinite)) {
      throw new TrainingInputError('value_not_finite', `${weight} with its adapter overflows`);
    }
    sums.set(weight, { shape, data: sum });
  }
  return sums;
}
