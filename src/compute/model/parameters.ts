/**
 * Names, shapes and initial values of the model's parameters, in topological order. Weights are
 * (out, in). The order is part of the format: norms, state roots and aggregation follow it.
 *
 * Initial values (CS336 assignment 1): normal, cut at +-3 sigma; sigma^2 = 2 / (in + out) for linear
 * maps, 1 for embeddings; gains are 1. Each tensor draws from its own ChaCha20 stream (its index
 * here), element by element, one uniform each, through the normal quantile.
 */
import { normalQuantile } from '../math/normal-quantile.ts';
import { chachaStream } from '../random/chacha20.ts';
import type { Stream } from '../random/chacha20.ts';
import { elementCount, sameShape } from '../tensors/tensor.ts';
import type { Shape, Tensor, Tensors } from '../tensors/tensor.ts';
import { TrainingInputError } from '../training-input-error.ts';
import { checkModelConfig } from './config.ts';
import type { ModelConfig } from './config.ts';

/** Measured: 0.1 and below cost 0.5 nats after six windows of the demo model. */
export const EMBEDDING_SIGMA = 1;
/** P(Z <= -3) for a standard normal Z. */
const TAIL = 0.0013498980316300946;

export function parameterShapes(config: ModelConfig): ReadonlyMap<string, Shape> {
  const { vocabSize, dModel, dFf } = config;
  const shapes = new Map<string, Shape>([['token_embeddings.weight', [vocabSize, dModel]]]);
  for (let layer = 0; layer < config.layers; layer += 1) {
    const prefix = `layers.${layer}`;
    shapes.set(`${prefix}.ln1.weight`, [dModel]);
    for (const projection of ['q_proj', 'k_proj', 'v_proj', 'output_proj']) {
      shapes.set(`${prefix}.attn.${projection}.weight`, [dModel, dModel]);
    }
    shapes.set(`${prefix}.ln2.weight`, [dModel]);
    shapes.set(`${prefix}.ffn.w1.weight`, [dFf, dModel]);
    shapes.set(`${prefix}.ffn.w3.weight`, [dFf, dModel]);
    shapes.set(`${prefix}.ffn.w2.weight`, [dModel, dFf]);
  }
  shapes.set('ln_final.weight', [dModel]);
  shapes.set('lm_head.weight', [vocabSize, dModel]);
  return shapes;
}

export function parameterCount(config: ModelConfig): number {
  let count = 0;
  for (const shape of parameterShapes(config).values()) count += elementCount(shape);
  return count;
}

/** `seed` is 32 bytes. Throws TrainingInputError `spec_invalid`. */
export function initialParameters(config: ModelConfig, seed: Uint8Array): Tensors {
  checkModelConfig(config);
  const parameters = new Map<string, Tensor>();
  for (const [name, shape] of parameterShapes(config)) {
    const data = new Float32Array(elementCount(shape));
    if (shape.length === 1) data.fill(1);
    else fillTruncatedNormal(data, sigmaOf(name, shape), chachaStream(seed, parameters.size));
    parameters.set(name, { shape, data });
  }
  return parameters;
}

function sigmaOf(name: string, shape: Shape): number {
  const [outputs, inputs] = shape as [number, number];
  return name === 'token_embeddings.weight' ? EMBEDDING_SIGMA : Math.sqrt(2 / (inputs + outputs));
}

function fillTruncatedNormal(data: Float32Array, sigma: number, stream: Stream): void {
  for (let i = 0; i < data.length; i += 1) {
    data[i] = sigma * normalQuantile(TAIL + (1 - 2 * TAIL) * stream.uniform());
  }
}

/**
 * The tensors in the model's order, proved to be exactly its parameters, all finite.
 * `what` names the input in errors: "checkpoint", "delta 3".
 */
export function conform(config: ModelConfig, tensors: Tensors, what: string): Tensors {
  return conformTo(parameterShapes(config), tensors, what);
}

/** As `conform`, for names and shapes given directly. */
export function conformTo(
  shapes: ReadonlyMap<string, Shape>,
  tensors: Tensors,
  what: string,
): Tensors {
  const ordered = new Map<string, Tensor>();
  for (const [name, shape] of shapes) {
    const tensor = tensors.get(name);
    if (tensor === undefined) {
      throw new TrainingInputError('tensor_missing', `${what} lacks ${name}`);
    }
    if (!sameShape(tensor.shape, shape)) {
      throw new TrainingInputError(
        'shape_mismatch',
        `${what}: ${name} is (${tensor.shape.join(', ')}), wanted (${shape.join(', ')})`,
      );
    }
    if (!allFinite(tensor.data)) {
      throw new TrainingInputError('value_not_finite', `${what}: ${name} holds NaN or infinity`);
    }
    ordered.set(name, tensor);
  }
  for (const name of tensors.keys()) {
    if (shapes.has(name)) continue;
    throw new TrainingInputError('tensor_unexpected', `${what} has ${JSON.stringify(name)}`);
  }
  return ordered;
}

/** x - x is 0 for every finite x and for no other: `every(Number.isFinite)` takes five times as long. */
function allFinite(data: Float32Array): boolean {
  for (let i = 0; i < data.length; i += 1) if (data[i]! - data[i]! !== 0) return false;
  return true;
}
