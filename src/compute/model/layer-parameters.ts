/** The tensors of a model by role; the same shape serves parameters and their gradients. */
import { invariant } from '../invariant.ts';
import type { Tensors } from '../tensors/tensor.ts';

export interface LayerTensors {
  readonly ln1: Float32Array; // (D)
  readonly q: Float32Array; // (D, D)
  readonly k: Float32Array; // (D, D)
  readonly v: Float32Array; // (D, D)
  readonly output: Float32Array; // (D, D)
  readonly ln2: Float32Array; // (D)
  readonly w1: Float32Array; // (F, D) gate
  readonly w3: Float32Array; // (F, D) up
  readonly w2: Float32Array; // (D, F) down
}

export interface ModelTensors {
  readonly embeddings: Float32Array; // (V, D)
  readonly layers: readonly LayerTensors[];
  readonly lnFinal: Float32Array; // (D)
  readonly head: Float32Array; // (V, D)
}

export function byRole(tensors: Tensors, layers: number): ModelTensors {
  const data = (name: string): Float32Array => {
    const tensor = tensors.get(name);
    invariant(tensor !== undefined, `no tensor ${name}`);
    return tensor.data;
  };
  return {
    embeddings: data('token_embeddings.weight'),
    layers: Array.from({ length: layers }, (_, layer) => ({
      ln1: data(`layers.${layer}.ln1.weight`),
      q: data(`layers.${layer}.attn.q_proj.weight`),
      k: data(`layers.${layer}.attn.k_proj.weight`),
      v: data(`layers.${layer}.attn.v_proj.weight`),
      output: data(`layers.${layer}.attn.output_proj.weight`),
      ln2: data(`layers.${layer}.ln2.weight`),
      w1: data(`layers.${layer}.ffn.w1.weight`),
      w3: data(`layers.${layer}.ffn.w3.weight`),
      w2: data(`layers.${layer}.ffn.w2.weight`),
    })),
    lnFinal: data('ln_final.weight'),
    head: data('lm_head.weight'),
  };
}
