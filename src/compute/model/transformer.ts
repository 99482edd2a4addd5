/**
 * The decoder-only transformer as a graph, from tokens to logits.
 *
 *   x = E[tokens]
 *   per layer: x += Wo attention(rope(Wq n), rope(Wk n), Wv n), n = ln1(x)
 *              x += W2 (silu(W1 m) * (W3 m)), m = ln2(x)
 *   logits = Wh ln_final(x)
 *
 * N = B T rows, D model width, F hidden width, V vocabulary. Where maps share an input they are
 * recorded last first, so that its gradient is the sum of theirs in the order q, k, v and gate, up:
 * that order is part of the bits of a contribution.
 */
import type { Graph } from '../autodiff/graph.ts';
import type { Value } from '../autodiff/value.ts';
import { invariant } from '../invariant.ts';
import { attention } from '../ops/attention.ts';
import { embedding } from '../ops/embedding.ts';
import { intoHeads, outOfHeads } from '../ops/heads.ts';
import { linear } from '../ops/linear.ts';
import { loraLinear } from '../ops/lora.ts';
import type { Correction } from '../ops/lora.ts';
import { add } from '../ops/residual.ts';
import { rmsNorm } from '../ops/rmsnorm.ts';
import { rotaryHeads, rotaryTable } from '../ops/rope.ts';
import { swiglu } from '../ops/swiglu.ts';
import type { ModelConfig } from './config.ts';

export interface Transformer {
  readonly config: ModelConfig;
  /** The model's parameters as leaves, by name (parameters.ts). */
  readonly weights: ReadonlyMap<string, Value>;
  /** Trained corrections of linear maps, by the name of the weight they stand beside. */
  readonly corrections?: ReadonlyMap<string, Correction>;
  /** Compute each layer's activations again before its backward pass instead of keeping them. */
  readonly checkpointLayers?: boolean;
}

/** @param tokens (B T), read at every run. The result is (B T, V). */
export function transformerLogits(
  graph: Graph,
  { config, weights, corrections, checkpointLayers = false }: Transformer,
  tokens: Uint16Array,
): Value {
  const { contextLength: length, dModel, heads, normEps } = config;
  const weight = (name: string): Value => {
    const value = weights.get(name);
    invariant(value !== undefined, `no tensor ${name}`);
    return value;
  };
  const map = (x: Value, name: string): Value => {
    const correction = corrections?.get(name);
    if (correction === undefined) return linear(graph, x, weight(name));
    return loraLinear(graph, x, weight(name), correction);
  };
  const shape = {
    batch: tokens.length / length,
    length,
    heads,
    headWidth: dModel / heads,
  };
  const rotary = rotaryTable(length, shape.headWidth, config.ropeTheta);

  const attentionBlock = (x: Value, layer: string): Value => {
    const normed = rmsNorm(graph, x, weight(`${layer}.ln1.weight`), normEps);
    const project = (name: string): Value => map(normed, `${layer}.attn.${name}.weight`);
    const v = intoHeads(graph, project('v_proj'), shape);
    const k = rotaryHeads(graph, project('k_proj'), shape, rotary);
    const q = rotaryHeads(graph, project('q_proj'), shape, rotary);
    const mixed = outOfHeads(graph, attention(graph, q, k, v), shape);
    return add(graph, x, map(mixed, `${layer}.attn.output_proj.weight`));
  };

  const feedForwardBlock = (x: Value, layer: string): Value => {
    const normed = rmsNorm(graph, x, weight(`${layer}.ln2.weight`), normEps);
    const up = map(normed, `${layer}.ffn.w3.weight`);
    const gate = map(normed, `${layer}.ffn.w1.weight`);
    const hidden = swiglu(graph, gate, up);
    return add(graph, x, map(hidden, `${layer}.ffn.w2.weight`));
  };

  let x = embedding(graph, weight('token_embeddings.weight'), tokens);
  for (let index = 0; index < config.layers; index += 1) {
    const layer = (): Value =>
      feedForwardBlock(attentionBlock(x, `layers.${index}`), `layers.${index}`);
    x = checkpointLayers ? graph.checkpoint(layer) : layer();
  }
  const normed = rmsNorm(graph, x, weight('ln_final.weight'), normEps);
  return map(normed, 'lm_head.weight');
}
