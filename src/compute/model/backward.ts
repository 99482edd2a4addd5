/**
 * Backward pass: from the exponentials that forward left in `logits` to the gradient of every
 * parameter, mirror image of forward.ts. Each gradient tensor is overwritten, never accumulated
 * across steps. `dStream` carries the gradient of the residual stream from the head to the tokens.
 */
import type { Backend, Gemm } from '../backend.ts';
import { attentionBackward, planAttentionBackward } from '../ops/attention.ts';
import type { AttentionBackwardPlan, AttentionGradients } from '../ops/attention.ts';
import { crossEntropyBackward } from '../ops/cross-entropy.ts';
import { embeddingBackward } from '../ops/embedding.ts';
import { mergeHeads, splitHeads } from '../ops/heads.ts';
import { linearInputGradient, linearWeightGradient, multiply } from '../ops/linear.ts';
import { rmsNormBackward } from '../ops/rmsnorm.ts';
import { mergeRotatedBack } from '../ops/rope.ts';
import { swigluBackward } from '../ops/swiglu.ts';
import type { LayerActivations } from './activations.ts';
import type { ForwardPass } from './forward.ts';
import type { LayerTensors, ModelTensors } from './layer-parameters.ts';

/** The two gradients of one linear map, in the order they run. */
interface LinearPlan {
  readonly weight: Gemm;
  readonly input: Gemm;
}

interface LayerPlan {
  readonly q: LinearPlan;
  readonly k: LinearPlan;
  readonly v: LinearPlan;
  readonly attention: AttentionBackwardPlan;
  readonly output: LinearPlan;
  readonly gate: LinearPlan;
  readonly up: LinearPlan;
  readonly down: LinearPlan;
}

/** Gradient buffers that all layers share. */
interface Scratch {
  readonly dStream: Float32Array; // (N, D)
  readonly dNormed: Float32Array; // (N, D) gradient after a norm
  readonly dFlat: Float32Array; // (N, D) gradient of q, k, v or the merged heads
  readonly dHidden: Float32Array; // (N, F)
  readonly attention: AttentionGradients;
  readonly gainSums: Float64Array; // (D)
}

export interface BackwardPass {
  readonly forward: ForwardPass;
  readonly gradients: ModelTensors;
  readonly scratch: Scratch;
  readonly layers: readonly LayerPlan[];
  readonly head: LinearPlan;
}

export function planBackward(
  forward: ForwardPass,
  gradients: ModelTensors,
  backend: Backend,
): BackwardPass {
  const { config, x, weights } = forward;
  const scratch = allocateScratch(forward, backend);
  const head = { rows: x.rows, inputs: config.dModel, outputs: config.vocabSize };
  return {
    forward,
    gradients,
    scratch,
    layers: x.layers.map((layer, index) =>
      planLayer(forward, layer, weights.layers[index]!, gradients.layers[index]!, scratch),
    ),
    head: {
      weight: linearWeightGradient(head, x.logits, x.normed, gradients.head),
      input: linearInputGradient(head, x.logits, weights.head, scratch.dNormed, false),
    },
  };
}

function allocateScratch({ config, x }: ForwardPass, backend: Backend): Scratch {
  const rowsByWidth = x.rows * config.dModel;
  const { matrices, length } = x.attentionShape;
  return {
    dStream: backend.alloc(rowsByWidth),
    dNormed: backend.alloc(rowsByWidth),
    dFlat: backend.alloc(rowsByWidth),
    dHidden: backend.alloc(x.rows * config.dFf),
    attention: {
      dOut: backend.alloc(rowsByWidth),
      dProbabilities: backend.alloc(matrices * length * length),
      dq: backend.alloc(rowsByWidth),
      dk: backend.alloc(rowsByWidth),
      dv: backend.alloc(rowsByWidth),
    },
    gainSums: new Float64Array(config.dModel),
  };
}

function planLayer(
  { config, x }: ForwardPass,
  layer: LayerActivations,
  weights: LayerTensors,
  gradients: LayerTensors,
  { dStream, dNormed, dFlat, dHidden, attention }: Scratch,
): LayerPlan {
  const { rows } = x;
  const square = { rows, inputs: config.dModel, outputs: config.dModel };
  const widen = { rows, inputs: config.dModel, outputs: config.dFf };
  const narrow = { rows, inputs: config.dFf, outputs: config.dModel };
  const { attentionInput, ffnInput } = layer;
  const projection = (
    weight: Float32Array,
    gradient: Float32Array,
    first: boolean,
  ): LinearPlan => ({
    weight: linearWeightGradient(square, dFlat, attentionInput, gradient),
    input: linearInputGradient(square, dFlat, weight, dNormed, !first),
  });
  return {
    q: projection(weights.q, gradients.q, true),
    k: projection(weights.k, gradients.k, false),
    v: projection(weights.v, gradients.v, false),
    attention: planAttentionBackward(x.attentionShape, layer.attention, attention),
    output: {
      weight: linearWeightGradient(square, dStream, layer.mixed, gradients.output),
      input: linearInputGradient(square, dStream, weights.output, dFlat, false),
    },
    gate: {
      weight: linearWeightGradient(widen, layer.gate, ffnInput, gradients.w1),
      input: linearInputGradient(widen, layer.gate, weights.w1, dNormed, false),
    },
    up: {
      weight: linearWeightGradient(widen, layer.up, ffnInput, gradients.w3),
      input: linearInputGradient(widen, layer.up, weights.w3, dNormed, true),
    },
    down: {
      weight: linearWeightGradient(narrow, dStream, layer.hidden, gradients.w2),
      input: linearInputGradient(narrow, dStream, weights.w2, dHidden, false),
    },
  };
}

/** Fills every gradient tensor from the state that `forward` left. */
export async function backward(pass: BackwardPass, backend: Backend): Promise<void> {
  const { gradients, scratch } = pass;
  const { config, weights, x } = pass.forward;
  crossEntropyBackward(x.logits, x.rowSums, x.targets, config.vocabSize);
  await runLinear(pass.head, backend);
  scratch.dStream.fill(0);
  rmsNormBackward(
    scratch.dStream,
    gradients.lnFinal,
    scratch.gainSums,
    scratch.dNormed,
    x.output,
    weights.lnFinal,
    x.finalInverseRms,
  );
  for (let index = x.layers.length - 1; index >= 0; index -= 1) {
    await feedForwardBlock(pass, index, backend);
    await attentionBlock(pass, index, backend);
  }
  embeddingBackward(gradients.embeddings, scratch.dStream, x.tokens, config.dModel);
}

async function feedForwardBlock(
  pass: BackwardPass,
  index: number,
  backend: Backend,
): Promise<void> {
  const { scratch } = pass;
  const plan = pass.layers[index]!;
  const layer = pass.forward.x.layers[index]!;
  await runLinear(plan.down, backend);
  swigluBackward(scratch.dHidden, layer.sigmoid, layer.gate, layer.up);
  await runLinear(plan.gate, backend);
  await runLinear(plan.up, backend);
  rmsNormBackward(
    scratch.dStream,
    pass.gradients.layers[index]!.ln2,
    scratch.gainSums,
    scratch.dNormed,
    layer.middle,
    pass.forward.weights.layers[index]!.ln2,
    layer.ffnInverseRms,
  );
}

async function attentionBlock(pass: BackwardPass, index: number, backend: Backend): Promise<void> {
  const { scratch } = pass;
  const { x, weights } = pass.forward;
  const plan = pass.layers[index]!;
  const layer = x.layers[index]!;
  await runLinear(plan.output, backend);
  splitHeads(scratch.attention.dOut, scratch.dFlat, x.heads);
  await attentionBackward(backend, plan.attention, x.attentionShape);
  mergeRotatedBack(scratch.dFlat, scratch.attention.dq, x.heads, x.rotary);
  await runLinear(plan.q, backend);
  mergeRotatedBack(scratch.dFlat, scratch.attention.dk, x.heads, x.rotary);
  await runLinear(plan.k, backend);
  mergeHeads(scratch.dFlat, scratch.attention.dv, x.heads);
  await runLinear(plan.v, backend);
  rmsNormBackward(
    scratch.dStream,
    pass.gradients.layers[index]!.ln1,
    scratch.gainSums,
    scratch.dNormed,
    layer.input,
    weights.layers[index]!.ln1,
    layer.attentionInverseRms,
  );
}

async function runLinear(plan: LinearPlan, backend: Backend): Promise<void> {
  await multiply(backend, plan.weight);
  await multiply(backend, plan.input);
}
