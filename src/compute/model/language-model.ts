/**
 * A transformer bound to memory: batches of pages in, losses and gradients out. Buffers are
 * allocated once; a step fills them again.
 */
import { Graph } from '../autodiff/graph.ts';
import type { Value } from '../autodiff/value.ts';
import { Program } from '../autodiff/program.ts';
import type { Leaf } from '../autodiff/program.ts';
import type { Backend } from '../backend.ts';
import { invariant } from '../invariant.ts';
import { crossEntropy } from '../ops/cross-entropy.ts';
import type { Tensor, Tensors } from '../tensors/tensor.ts';
import type { ModelConfig } from './config.ts';
import { transformerLogits } from './transformer.ts';

export interface RecordedModelOptions {
  readonly config: ModelConfig;
  /** Pages a batch, B. */
  readonly batch: number;
  readonly parameters: ReadonlyMap<string, Pick<Tensor, 'shape'>>;
  /** Names of the parameters to train. */
  readonly trained: ReadonlySet<string>;
  /** Names of A and B among the parameters, by the weight that they correct (ops/lora.ts). */
  readonly corrections?: ReadonlyMap<string, CorrectionNames>;
  readonly checkpointLayers?: boolean;
}

export interface LanguageModelOptions extends Omit<RecordedModelOptions, 'parameters' | 'trained'> {
  readonly backend: Backend;
  readonly parameters: Tensors;
  /** Of the parameters to train, by their names; without any there is no backward pass. */
  readonly gradients?: Tensors;
}

export interface CorrectionNames {
  readonly a: string;
  readonly b: string;
  readonly scale: number;
}

/** Host memory of a batch. */
export interface Batch {
  /** B T */
  readonly rows: number;
  readonly targets: Uint16Array;
  /** Nats of each row, in f64: what precise means are made of. */
  readonly rowLosses: Float64Array;
  /** Tokens 0..T-1 of each page are inputs, 1..T targets; rows beyond `pages` repeat the last one. */
  load(pages: readonly Uint16Array[]): void;
}

export interface RecordedModel extends Batch {
  readonly graph: Graph;
  /** Mean nats a token of the last forward pass, rounded to f32. */
  readonly loss: Value;
  /** Of the leaves. */
  readonly nameOf: ReadonlyMap<Value, string>;
}

export interface LanguageModel extends RecordedModel {
  readonly program: Program;
}

/** The model as a graph, for any memory. */
export function recordLanguageModel(options: RecordedModelOptions): RecordedModel {
  const { config, batch, parameters, trained, checkpointLayers = false } = options;
  const length = config.contextLength;
  const rows = batch * length;
  const graph = new Graph();
  const weights = new Map<string, Value>();
  for (const [name, { shape }] of parameters)
    weights.set(name, trained.has(name) ? graph.parameter(shape) : graph.constant(shape));
  const tokens = new Uint16Array(rows);
  const targets = new Uint16Array(rows);
  const rowLosses = new Float64Array(rows);
  const corrections = new Map(
    [...(options.corrections ?? [])].map(([weight, { a, b, scale }]) => [
      weight,
      { a: weights.get(a)!, b: weights.get(b)!, scale },
    ]),
  );
  const transformer = { config, weights, corrections, checkpointLayers };
  const logits = transformerLogits(graph, transformer, tokens);
  const loss = crossEntropy(graph, logits, { targets, losses: rowLosses });
  return {
    graph,
    loss,
    nameOf: new Map([...weights].map(([name, value]) => [value, name])),
    rows,
    targets,
    rowLosses,
    load(pages) {
      invariant(pages.length > 0 && pages.length <= batch, 'a batch of pages');
      for (let b = 0; b < batch; b += 1) {
        const page = pages[Math.min(b, pages.length - 1)]!;
        tokens.set(page.subarray(0, length), b * length);
        targets.set(page.subarray(1), b * length);
      }
    },
  };
}

export function languageModel(options: LanguageModelOptions): LanguageModel {
  const { backend, parameters, gradients } = options;
  const trained = new Set(gradients?.keys());
  const model = recordLanguageModel({ ...options, trained });
  const { graph, loss, nameOf } = model;
  const program = new Program(graph, {
    backend,
    ...(gradients === undefined ? { results: [loss] } : { loss }),
    leaf(value): Leaf {
      const name = nameOf.get(value)!;
      const { data } = parameters.get(name)!;
      const gradient = gradients?.get(name)?.data;
      return gradient === undefined ? { data } : { data, gradient };
    },
  });
  return { ...model, program };
}
