/**
 * Continues a text: token by token, each drawn from the model's distribution after all before it. A
 * pure function of checkpoint, prompt, settings and seed; on an exact backend the same to the bit on
 * every machine.
 *
 * Every position is computed again for every token, which is as slow as it is simple. The model sees
 * the last T tokens, their positions counted from the first of these. Later positions are padding:
 * attention is causal and rows do not mix, so they cannot reach the last token's logits.
 */
import { Graph } from '../autodiff/graph.ts';
import { Program } from '../autodiff/program.ts';
import type { Leaf } from '../autodiff/program.ts';
import type { Value } from '../autodiff/value.ts';
import type { Backend } from '../backend.ts';
import { checkModelConfig } from '../model/config.ts';
import type { ModelConfig } from '../model/config.ts';
import { conform } from '../model/parameters.ts';
import { transformerLogits } from '../model/transformer.ts';
import { chachaStream } from '../random/chacha20.ts';
import { readSafetensors } from '../tensors/safetensors.ts';
import type { Tensors } from '../tensors/tensor.ts';
import { tokenCodec } from '../tokenizer/encode.ts';
import { BYTE_TOKENS, END_OF_TEXT, vocabSizeOf } from '../tokenizer/tokenizer.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { occupyBackend } from '../training/occupy-backend.ts';
import { copyTensors } from '../tensors/on-backend.ts';
import { drawToken, nucleusOf } from './nucleus.ts';
import { SamplingError, parseSamplingSettings } from './settings.ts';
import type { SamplingSettings } from './settings.ts';

const SEED_BYTES = 32;

export interface Generator {
  readonly model: ModelConfig;
  /** A safetensors file. */
  readonly checkpoint: Uint8Array;
  readonly settings: SamplingSettings;
  /** 32 bytes; token i takes the i-th draw of the seed's first stream. */
  readonly seed: Uint8Array;
}

export interface GeneratedTokens {
  /** The new tokens, without the one that ended them. */
  readonly ids: readonly number[];
  readonly end: 'end_token' | 'tokens_max';
}

export interface GeneratedText extends GeneratedTokens {
  /** Of the new tokens; bytes that make no character yet are U+FFFD. */
  readonly text: string;
}

/** Which ids are drawn, and where it ends. */
export interface Candidates {
  /** Ids below this are candidates: a model may have more rows than there are tokens. */
  readonly count: number;
  /** Ends the text; -1: none does. */
  readonly endToken: number;
}

/**
 * Continues `prompt`, up to the end-of-text token where the tokenizer has one. Throws SamplingError,
 * SafetensorsError, and TrainingInputError for a checkpoint that is not the model's.
 */
export async function generateText(
  generator: Generator,
  tokenizer: Tokenizer,
  prompt: string,
  backend: Backend,
): Promise<GeneratedText> {
  const count = vocabSizeOf(tokenizer);
  if (count > generator.model.vocabSize) {
    throw new SamplingError(
      'vocabulary_mismatch',
      `${count} tokens for a model of ${generator.model.vocabSize}`,
    );
  }
  const special = tokenizer.specials.indexOf(END_OF_TEXT);
  const endToken = special === -1 ? -1 : BYTE_TOKENS + tokenizer.merges.length + special;
  const codec = tokenCodec(tokenizer);
  const tokens = [...codec.encode(prompt)];
  const generated = await generateTokens(generator, tokens, { count, endToken }, backend);
  return { ...generated, text: codec.decode(generated.ids) };
}

/** As `generateText`, for token ids. */
export async function generateTokens(
  { model, checkpoint, settings, seed }: Generator,
  prompt: readonly number[],
  { count, endToken }: Candidates,
  backend: Backend,
): Promise<GeneratedTokens> {
  checkModelConfig(model);
  const { temperature, topP, tokensMax } = parseSamplingSettings(settings);
  checkPrompt(model, prompt);
  if (seed.length !== SEED_BYTES) {
    throw new SamplingError('seed_invalid', `a seed of ${seed.length} bytes, wanted ${SEED_BYTES}`);
  }
  const tensors = conform(model, readSafetensors(checkpoint).tensors, 'checkpoint');
  const draws = chachaStream(seed, 0);
  return occupyBackend(backend, async () => {
    const nextLogits = planLogits(model, tensors, backend);
    const context = [...prompt];
    const ids: number[] = [];
    while (ids.length < tokensMax) {
      const logits = await nextLogits(context.slice(-model.contextLength));
      const nucleus = nucleusOf(logits.subarray(0, count), { temperature, topP });
      const id = drawToken(nucleus, draws.uniform());
      if (id === endToken) return { ids, end: 'end_token' };
      ids.push(id);
      context.push(id);
    }
    return { ids, end: 'tokens_max' };
  });
}

function checkPrompt(model: ModelConfig, prompt: readonly number[]): void {
  if (prompt.length === 0) {
    throw new SamplingError('prompt_empty', 'there is no token to continue from');
  }
  const known = (id: number): boolean => Number.isInteger(id) && id >= 0 && id < model.vocabSize;
  const unknown = prompt.find((id) => !known(id));
  if (unknown !== undefined) {
    throw new SamplingError('token_out_of_range', `no token ${unknown} in ${model.vocabSize}`);
  }
}

/** Gives the logits (V) after at most T tokens; valid until the next call. */
function planLogits(
  model: ModelConfig,
  tensors: Tensors,
  backend: Backend,
): (tokens: readonly number[]) => Promise<Float32Array> {
  const graph = new Graph();
  const leaves = new Map<Value, Leaf>();
  const weights = new Map<string, Value>();
  for (const [name, { shape, data }] of copyTensors(tensors, backend)) {
    const leaf = graph.constant(shape);
    leaves.set(leaf, { data });
    weights.set(name, leaf);
  }
  const inputs = new Uint16Array(model.contextLength);
  const logits = transformerLogits(graph, { config: model, weights }, inputs);
  const leaf = (value: Value): Leaf => leaves.get(value)!;
  const program = new Program(graph, { backend, results: [logits], leaf });
  return async (tokens) => {
    inputs.fill(0);
    inputs.set(tokens);
    await program.forward();
    const row = (tokens.length - 1) * model.vocabSize;
    return program.read(logits).subarray(row, row + model.vocabSize);
  };
}
