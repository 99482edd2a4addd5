/**
 * What a forward pass keeps for its backward pass, allocated once. N = B T rows, D model width,
 * F hidden width, M = B H attention matrices, d head width, V vocabulary.
 */
import type { Backend } from '../backend.ts';
import type { AttentionBuffers, AttentionShape } from '../ops/attention.ts';
import { rotaryTable } from '../ops/rope.ts';
import type { HeadShape, RotaryTable } from '../ops/rope.ts';
import type { ModelConfig } from './config.ts';

export interface LayerActivations {
  readonly input: Float32Array; // (N, D) residual stream before the layer
  readonly attentionInput: Float32Array; // (N, D) after ln1
  readonly attentionInverseRms: Float64Array; // (N)
  readonly attention: AttentionBuffers;
  readonly mixed: Float32Array; // (N, D) heads merged, before output_proj
  readonly middle: Float32Array; // (N, D) residual stream between the blocks
  readonly ffnInput: Float32Array; // (N, D) after ln2
  readonly ffnInverseRms: Float64Array; // (N)
  readonly gate: Float32Array; // (N, F) w1 x
  readonly up: Float32Array; // (N, F) w3 x
  readonly sigmoid: Float32Array; // (N, F) of the gate
  readonly hidden: Float32Array; // (N, F) silu(gate) up
}

export interface Activations {
  readonly rows: number; // N
  readonly heads: HeadShape;
  readonly attentionShape: AttentionShape;
  readonly rotary: RotaryTable;
  readonly tokens: Uint16Array; // (N)
  readonly targets: Uint16Array; // (N)
  readonly layers: readonly LayerActivations[];
  readonly projected: Float32Array; // (N, D) scratch: a projection before it is split or added
  readonly output: Float32Array; // (N, D) residual stream after the last layer
  readonly normed: Float32Array; // (N, D) after ln_final
  readonly finalInverseRms: Float64Array; // (N)
  readonly logits: Float32Array; // (N, V); exponentials, then gradients, later in the step
  readonly rowSums: Float64Array; // (N)
  readonly rowLosses: Float64Array; // (N)
}

export function allocateActivations(
  config: ModelConfig,
  batch: number,
  backend: Backend,
): Activations {
  const { contextLength: length, dModel, heads, vocabSize } = config;
  const rows = batch * length;
  const headWidth = dModel / heads;
  return {
    rows,
    heads: { batch, length, heads, headWidth },
    attentionShape: { matrices: batch * heads, length, headWidth },
    rotary: rotaryTable(length, headWidth, config.ropeTheta),
    tokens: new Uint16Array(rows),
    targets: new Uint16Array(rows),
    layers: Array.from({ length: config.layers }, () => allocateLayer(config, batch, backend)),
    projected: backend.alloc(rows * dModel),
    output: backend.alloc(rows * dModel),
    normed: backend.alloc(rows * dModel),
    finalInverseRms: new Float64Array(rows),
    logits: backend.alloc(rows * vocabSize),
    rowSums: new Float64Array(rows),
    rowLosses: new Float64Array(rows),
  };
}

function allocateLayer(config: ModelConfig, batch: number, backend: Backend): LayerActivations {
  const { contextLength: length, dModel, dFf, heads } = config;
  const rows = batch * length;
  return {
    input: backend.alloc(rows * dModel),
    attentionInput: backend.alloc(rows * dModel),
    attentionInverseRms: new Float64Array(rows),
    attention: {
      q: backend.alloc(rows * dModel),
      k: backend.alloc(rows * dModel),
      v: backend.alloc(rows * dModel),
      probabilities: backend.alloc(batch * heads * length * length),
      out: backend.alloc(rows * dModel),
    },
    mixed: backend.alloc(rows * dModel),
    middle: backend.alloc(rows * dModel),
    ffnInput: backend.alloc(rows * dModel),
    ffnInverseRms: new Float64Array(rows),
    gate: backend.alloc(rows * dFf),
    up: backend.alloc(rows * dFf),
    sigmoid: backend.alloc(rows * dFf),
    hidden: backend.alloc(rows * dFf),
  };
}
