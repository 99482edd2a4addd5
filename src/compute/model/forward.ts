/**
 * Forward pass of the transformer: tokens to per-row losses, keeping what backward needs.
 *
 *   x = E[tokens]
 *   per layer: x += Wo attention(rope(Wq n), rope(Wk n), Wv n), n = ln1(x)
 *              x += W2 (silu(W1 m) * (W3 m)), m = ln2(x)
 *   losses = cross-entropy(Wh ln_final(x), targets)
 */
import type { Backend, Gemm } from '../backend.ts';
import { attentionForward, planAttention } from '../ops/attention.ts';
import type { AttentionForwardPlan } from '../ops/attention.ts';
import { crossEntropyForward } from '../ops/cross-entropy.ts';
import { embeddingForward } from '../ops/embedding.ts';
import { mergeHeads, splitHeads } from '../ops/heads.ts';
import { linearForward, multiply } from '../ops/linear.ts';
import { add } from '../ops/residual.ts';
import { rmsNormForward } from '../ops/rmsnorm.ts';
import { splitRotated } from '../ops/rope.ts';
import { swigluForward } from '../ops/swiglu.ts';
import type { Activations, LayerActivations } from './activations.ts';
import type { ModelConfig } from './config.ts';
import type { LayerTensors, ModelTensors } from './layer-parameters.ts';

interface LayerPlan {
  readonly q: Gemm;
  readonly k: Gemm;
  readonly v: Gemm;
  readonly attention: AttentionForwardPlan;
  readonly output: Gemm;
  readonly gate: Gemm;
  readonly up: Gemm;
  readonly down: Gemm;
}

/** A model bound to its buffers: every product is described once, a step allocates nothing. */
export interface ForwardPass {
  readonly config: ModelConfig;
  readonly weights: ModelTensors;
  readonly x: Activations;
  readonly layers: readonly LayerPlan[];
  readonly head: Gemm;
}

export function planForward(
  config: ModelConfig,
  weights: ModelTensors,
  x: Activations,
): ForwardPass {
  const headShape = { rows: x.rows, inputs: config.dModel, outputs: config.vocabSize };
  return {
    config,
    weights,
    x,
    layers: x.layers.map((layer, index) => planLayer(config, weights.layers[index]!, layer, x)),
    head: linearForward(headShape, x.normed, weights.head, x.logits),
  };
}

function planLayer(
  config: ModelConfig,
  weights: LayerTensors,
  layer: LayerActivations,
  { rows, projected, attentionShape }: Activations,
): LayerPlan {
  const square = { rows, inputs: config.dModel, outputs: config.dModel };
  const widen = { rows, inputs: config.dModel, outputs: config.dFf };
  const narrow = { rows, inputs: config.dFf, outputs: config.dModel };
  return {
    q: linearForward(square, layer.attentionInput, weights.q, projected),
    k: linearForward(square, layer.attentionInput, weights.k, projected),
    v: linearForward(square, layer.attentionInput, weights.v, projected),
    attention: planAttention(attentionShape, layer.attention),
    output: linearForward(square, layer.mixed, weights.output, projected),
    gate: linearForward(widen, layer.ffnInput, weights.w1, layer.gate),
    up: linearForward(widen, layer.ffnInput, weights.w3, layer.up),
    down: linearForward(narrow, layer.hidden, weights.w2, projected),
  };
}

/** Fills `x.rowLosses`; leaves exponentials in `x.logits`. */
export async function forward(pass: ForwardPass, backend: Backend): Promise<void> {
  const { config, weights, x } = pass;
  embeddingForward(x.layers[0]!.input, weights.embeddings, x.tokens, config.dModel);
  for (let index = 0; index < x.layers.length; index += 1) {
    const next = x.layers[index + 1]?.input ?? x.output;
    await attentionBlock(pass, index, backend);
    await feedForwardBlock(pass, index, next, backend);
  }
  rmsNormForward(x.normed, x.finalInverseRms, x.output, weights.lnFinal, config.normEps);
  await multiply(backend, pass.head);
  crossEntropyForward(x.rowLosses, x.rowSums, x.logits, x.targets, config.vocabSize);
}

async function attentionBlock(pass: ForwardPass, index: number, backend: Backend): Promise<void> {
  const { config, x } = pass;
  const plan = pass.layers[index]!;
  const layer = x.layers[index]!;
  const gain = pass.weights.layers[index]!.ln1;
  const { q, k, v, out } = layer.attention;
  rmsNormForward(
    layer.attentionInput,
    layer.attentionInverseRms,
    layer.input,
    gain,
    config.normEps,
  );
  await multiply(backend, plan.q);
  splitRotated(q, x.projected, x.heads, x.rotary);
  await multiply(backend, plan.k);
  splitRotated(k, x.projected, x.heads, x.rotary);
  await multiply(backend, plan.v);
  splitHeads(v, x.projected, x.heads);
  await attentionForward(backend, plan.attention, x.attentionShape);
  mergeHeads(layer.mixed, out, x.heads);
  await multiply(backend, plan.output);
  add(layer.middle, layer.input, x.projected);
}

async function feedForwardBlock(
  pass: ForwardPass,
  index: number,
  next: Float32Array,
  backend: Backend,
): Promise<void> {
  const { config, x } = pass;
  const plan = pass.layers[index]!;
  const layer = x.layers[index]!;
  const gain = pass.weights.layers[index]!.ln2;
  rmsNormForward(layer.ffnInput, layer.ffnInverseRms, layer.middle, gain, config.normEps);
  await multiply(backend, plan.gate);
  await multiply(backend, plan.up);
  swigluForward(layer.hidden, layer.sigmoid, layer.gate, layer.up);
  await multiply(backend, plan.down);
  add(next, layer.middle, x.projected);
}
