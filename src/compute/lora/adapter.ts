/**
 * Adapters as named tensors, in the model's order, A before B; the names are PEFT's:
 *
 *   base_model.model.<module>.lora_A.weight (r, I)
 *   base_model.model.<module>.lora_B.weight (O, r)
 *
 * Before training B is zero, so that the adapted model is the base model, and A is Kaiming-uniform
 * with a = sqrt(5), as in the authors' code and PEFT: U(-1/sqrt(I), 1/sqrt(I)), element by element,
 * one uniform each, from the ChaCha20 stream of the weight's place among the parameters. So an
 * adapter begins the same whatever other targets there are.
 */
import type { ModelConfig } from '../model/config.ts';
import { checkModelConfig } from '../model/config.ts';
import type { CorrectionNames } from '../model/language-model.ts';
import { conformTo } from '../model/parameters.ts';
import { chachaStream } from '../random/chacha20.ts';
import type { Shape, Tensor, Tensors } from '../tensors/tensor.ts';
import { elementCount } from '../tensors/tensor.ts';
import { loraTargets, moduleOf, parseLoraSpec } from './spec.ts';
import type { LoraSpec } from './spec.ts';

export const loraNames = (weight: string): { readonly a: string; readonly b: string } => {
  const prefix = `base_model.model.${moduleOf(weight)}`;
  return { a: `${prefix}.lora_A.weight`, b: `${prefix}.lora_B.weight` };
};

/** The correction of each adapted weight, for `languageModel`. */
export function correctionNames(
  model: ModelConfig,
  spec: LoraSpec,
): ReadonlyMap<string, CorrectionNames> {
  const scale = spec.alpha / spec.rank;
  return new Map(
    loraTargets(model, spec).map(({ weight }) => [weight, { ...loraNames(weight), scale }]),
  );
}

export function adapterShapes(model: ModelConfig, spec: LoraSpec): ReadonlyMap<string, Shape> {
  const shapes = new Map<string, Shape>();
  for (const { weight, inputs, outputs } of loraTargets(model, spec)) {
    const { a, b } = loraNames(weight);
    shapes.set(a, [spec.rank, inputs]);
    shapes.set(b, [outputs, spec.rank]);
  }
  return shapes;
}

/** `seed` is 32 bytes. Throws TrainingInputError `spec_invalid`. */
export function initialAdapter(model: ModelConfig, spec: LoraSpec, seed: Uint8Array): Tensors {
  checkModelConfig(model);
  parseLoraSpec(spec);
  const tensors = new Map<string, Tensor>();
  const shapes = adapterShapes(model, spec);
  for (const { weight, index, inputs } of loraTargets(model, spec)) {
    const { a, b } = loraNames(weight);
    for (const name of [a, b]) {
      const shape = shapes.get(name)!;
      tensors.set(name, { shape, data: new Float32Array(elementCount(shape)) });
    }
    const { data } = tensors.get(a)!;
    const draws = chachaStream(seed, index);
    const bound = 1 / Math.sqrt(inputs);
    for (let i = 0; i < data.length; i += 1) data[i] = bound * (2 * draws.uniform() - 1);
  }
  return tensors;
}

/** The adapter's tensors in order, proved to be exactly those of the specification, all finite. */
export function conformAdapter(model: ModelConfig, spec: LoraSpec, tensors: Tensors): Tensors {
  return conformTo(adapterShapes(model, spec), tensors, 'adapter');
}
