import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openReferenceBackend } from '../backends/reference.ts';
import type { ModelConfig } from '../model/config.ts';
import { languageModel } from '../model/language-model.ts';
import { initialParameters } from '../model/parameters.ts';
import { meanLoss } from '../ops/cross-entropy.ts';
import { adamWState, adamWStep } from '../optim/adamw.ts';
import { readSafetensors } from '../tensors/safetensors.ts';
import type { Tensor, Tensors } from '../tensors/tensor.ts';
import { TrainingInputError } from '../training-input-error.ts';
import { readAdapter, writeAdapter } from './adapter-file.ts';
import type { LoraAdapter } from './adapter-file.ts';
import { correctionNames, initialAdapter } from './adapter.ts';
import { baseDigest, mergeAdapter, unmergeAdapter } from './merge.ts';
import type { Hash } from './merge.ts';
import { HEAD_ONLY, loraTargets, parseLoraSpec } from './spec.ts';
import type { LoraSpec } from './spec.ts';

const fixture = (name: string): Buffer =>
  readFileSync(new URL(`../../../fixtures/lora/${name}`, import.meta.url));
const model: ModelConfig = {
  vocabSize: 61,
  contextLength: 12,
  dModel: 16,
  layers: 2,
  heads: 2,
  dFf: 24,
  ropeTheta: 10000,
  normEps: 1e-5,
};
const seed = new Uint8Array(32).fill(5);
const hash: Hash = (bytes) => createHash('sha256').update(bytes).digest();
const backend = openReferenceBackend();
const parameters = initialParameters(model, seed);
const headOnly = { rank: 4, alpha: 8, targets: HEAD_ONLY };

async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
    return 'ok';
  } catch (error) {
    if (error instanceof TrainingInputError) return error.code;
    throw error;
  }
}

describe('targets', () => {
  const weights = (...targets: string[]): string[] =>
    loraTargets(model, { rank: 1, alpha: 1, targets }).map(({ weight }) => weight);

  test('are named from the end, in the order of the model', () => {
    expect(weights('lm_head')).toEqual(['lm_head.weight']);
    expect(weights('lm_head', 'q_proj')).toEqual([
      'layers.0.attn.q_proj.weight',
      'layers.1.attn.q_proj.weight',
      'lm_head.weight',
    ]);
    expect(weights('layers.1.ffn.*').length).toBe(3);
    expect(weights('attn.*').length).toBe(8);
    expect(weights('*').length).toBe(2 * 7 + 1);
  });

  test.each([
    [{ targets: ['token_embeddings'] }],
    [{ targets: ['ln1'] }],
    [{ targets: ['head'] }],
    [{ targets: [] }],
    [{ targets: ['lm_head', 'lm_head'] }],
    [{ targets: ['lm_head.'] }],
    [{ targets: [7] }],
    [{ targets: 'lm_head' }],
    [{ rank: 0 }],
    [{ rank: 1.5 }],
    [{ rank: 4097 }],
    [{ rank: '4' }],
    [{ alpha: 0 }],
    [{ alpha: NaN }],
    [{ alpha: Infinity }],
    [{ dropout: 0.1 }],
  ])('%j is refused', async (change) => {
    const read = (): unknown => loraTargets(model, parseLoraSpec({ ...headOnly, ...change }));
    expect(await codeOf(read)).toBe('spec_invalid');
  });
});

describe('an adapter begins', () => {
  const adapter = initialAdapter(model, { ...headOnly, targets: ['lm_head', 'w2'] }, seed);

  test('with A uniform in +-1/sqrt(inputs) and B zero', () => {
    const a = adapter.get('base_model.model.layers.0.ffn.w2.lora_A.weight')!;
    expect(a.shape).toEqual([4, 24]);
    const bound = 1 / Math.sqrt(24);
    expect(a.data.every((value) => Math.abs(value) < bound)).toBe(true);
    expect(Math.max(...a.data)).toBeGreaterThan(0.9 * bound);
    expect(Math.min(...a.data)).toBeLessThan(-0.9 * bound);
    const b = adapter.get('base_model.model.lm_head.lora_B.weight')!;
    expect(b.shape).toEqual([61, 4]);
    expect(b.data.every((value) => value === 0)).toBe(true);
  });

  test('the same whatever other targets there are', () => {
    const name = 'base_model.model.lm_head.lora_A.weight';
    expect(initialAdapter(model, headOnly, seed).get(name)).toEqual(adapter.get(name));
  });
});

describe('the file', () => {
  const golden = fixture('adapter.safetensors');

  test('has the bytes of the reference writer', () => {
    const adapter = readAdapter(model, golden);
    expect(adapter.spec).toEqual({ rank: 2, alpha: 4, targets: ['lm_head', 'q_proj'] });
    expect(adapter.base).toBe('ab'.repeat(32));
    const counted = new Map(
      [...adapter.tensors].map(([name, { shape, data }]): [string, Tensor] => [
        name,
        { shape, data: data.map((_, i) => i / 64) },
      ]),
    );
    expect(Buffer.from(writeAdapter({ ...adapter, tensors: counted })).equals(golden)).toBe(true);
  });

  const edited = (from: string, to: string): Uint8Array => {
    const text = golden.toString('latin1');
    expect(text).toContain(from);
    return Buffer.from(text.replaceAll(from, to), 'latin1');
  };
  test.each([
    ['spec_invalid', edited('"base"', '"bose"')],
    ['spec_invalid', edited('"lora"', '"lore"')],
    ['spec_invalid', edited('{\\"rank\\":2', '{\\"rank\\":-')],
    ['spec_invalid', edited('lm_head\\"', 'lm_hood\\"')],
    ['shape_mismatch', edited('{\\"rank\\":2', '{\\"rank\\":3')],
    ['tensor_missing', edited('q_proj\\"', 'v_proj\\"')],
    ['tensor_unexpected', edited('[\\"lm_head\\",\\"q_proj\\"]', '[\\"lm_head\\"]           ')],
    ['value_not_finite', edited('\u0000\u0000\u0080\u003c', '\u0000\u0000\u0080\u007f')],
  ])('%s', async (code, bytes) => {
    expect(await codeOf(() => readAdapter(model, bytes))).toBe(code);
  });
});

const PAGE = Uint16Array.from({ length: 13 }, (_, at) => (at * at + 3) % 61);

/** Trains the adapter on one page, in place; the losses before each step. */
async function train(spec: LoraSpec, adapter: Tensors, steps: number): Promise<number[]> {
  const gradients: Tensors = new Map(
    [...adapter].map(([name, { shape, data }]) => [
      name,
      { shape, data: new Float32Array(data.length) },
    ]),
  );
  const adapted = languageModel({
    config: model,
    batch: 1,
    backend,
    parameters: new Map([...parameters, ...adapter]),
    gradients,
    corrections: correctionNames(model, spec),
  });
  const state = adamWState(adapter);
  const settings = { beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0 };
  const losses: number[] = [];
  adapted.load([PAGE]);
  for (let t = 1; t <= steps; t += 1) {
    await adapted.program.forward();
    losses.push(meanLoss(adapted.rowLosses, adapted.rows));
    await adapted.program.backward();
    adamWStep(adapter, gradients, state, settings, { t, learningRate: 0.03, gradientScale: 1 });
  }
  return losses;
}

async function lossOf(weights: Tensors): Promise<number> {
  const plain = languageModel({ config: model, batch: 1, backend, parameters: weights });
  plain.load([PAGE]);
  await plain.program.forward();
  return meanLoss(plain.rowLosses, plain.rows);
}

const everywhere = { rank: 2, alpha: 4, targets: ['*'] };

test.each([
  ['head', headOnly],
  ['whole model', everywhere],
])('an adapter of the %s lowers the loss, merged or beside the base', async (_, spec) => {
  const digest = baseDigest(parameters, hash);
  const losses = await train(spec, initialAdapter(model, spec, seed), 41);
  expect(losses[0]).toBe(await lossOf(parameters));
  expect(losses[40]).toBeLessThan(0.5 * losses[0]!);
  expect(baseDigest(parameters, hash)).toBe(digest);

  const tensors = initialAdapter(model, spec, seed);
  await train(spec, tensors, 40);
  const adapter: LoraAdapter = { spec, tensors, base: digest };
  const merged = await mergeAdapter(model, parameters, adapter, backend, hash);
  expect(await lossOf(merged)).toBeCloseTo(losses[40]!, 4);
  expect(merged.get('layers.0.ln1.weight')).toBe(parameters.get('layers.0.ln1.weight'));
});

test('unmerging gives the base up to rounding, and says so', async () => {
  const tensors = initialAdapter(model, headOnly, seed);
  await train(headOnly, tensors, 5);
  const adapter = { spec: headOnly, tensors, base: baseDigest(parameters, hash) };
  const merged = await mergeAdapter(model, parameters, adapter, backend, hash);
  const { parameters: back, exact } = await unmergeAdapter(model, merged, adapter, backend, hash);
  expect(exact).toBe(false);
  const [w, w1, w2] = [parameters, merged, back].map((of) => of.get('lm_head.weight')!.data);
  const ulp = (value: number): number => 2 ** (Math.floor(Math.log2(Math.abs(value))) - 23);
  w!.forEach((value, i) => {
    const bound = (ulp(w1![i]!) + ulp(w2![i]!)) / 2;
    expect(Math.abs(w2![i]! - value)).toBeLessThanOrEqual(bound);
  });
});

test('a fresh adapter merges and unmerges to the base, exactly', async () => {
  const tensors = initialAdapter(model, headOnly, seed);
  const adapter = { spec: headOnly, tensors, base: baseDigest(parameters, hash) };
  const merged = await mergeAdapter(model, parameters, adapter, backend, hash);
  expect(baseDigest(merged, hash)).toBe(adapter.base);
  expect((await unmergeAdapter(model, merged, adapter, backend, hash)).exact).toBe(true);
});

test('merging is refused on another base, with a foreign adapter, and where it overflows', async () => {
  const base = baseDigest(parameters, hash);
  const tensors = initialAdapter(model, headOnly, seed);
  const merge = (adapter: LoraAdapter): Promise<string> =>
    codeOf(() => mergeAdapter(model, parameters, adapter, backend, hash));
  expect(await merge({ spec: headOnly, tensors, base: 'ab'.repeat(32) })).toBe('base_mismatch');
  const golden = readSafetensors(fixture('adapter.safetensors')).tensors;
  expect(await merge({ spec: headOnly, tensors: golden, base })).toBe('shape_mismatch');
  const huge = new Map(
    [...tensors].map(([name, { shape, data }]): [string, Tensor] => [
      name,
      { shape, data: data.map(() => 1e30) },
    ]),
  );
  expect(await merge({ spec: headOnly, tensors: huge, base })).toBe('value_not_finite');
});
