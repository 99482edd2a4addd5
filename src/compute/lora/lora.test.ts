import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openReferenceBackend } from '../backends/reference.ts';
import { allocateActivations } from '../model/activations.ts';
import type { ModelConfig } from '../model/config.ts';
import { forward, planForward } from '../model/forward.ts';
import { byRole } from '../model/layer-parameters.ts';
import { initialParameters } from '../model/parameters.ts';
import { crossEntropyBackward, crossEntropyForward, meanLoss } from '../ops/cross-entropy.ts';
import { loraBackward, loraForward, planLoraBackward, planLoraForward } from '../ops/lora.ts';
import { adamWState, adamWStep } from '../optim/adamw.ts';
import { readSafetensors } from '../tensors/safetensors.ts';
import type { Tensor, Tensors } from '../tensors/tensor.ts';
import { loadBatch } from '../training/batch.ts';
import { TrainingInputError } from '../training-input-error.ts';
import { readAdapter, writeAdapter } from './adapter-file.ts';
import type { LoraAdapter } from './adapter-file.ts';
import { initialAdapter } from './adapter.ts';
import { baseDigest, mergeAdapter, unmergeAdapter } from './merge.ts';
import type { Hash } from './merge.ts';
import { HEAD_ONLY, loraTargets, parseLoraSpec } from './spec.ts';

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

/** Trains the head's adapter on one page by full batches; the losses before each step. */
async function trainHead(adapter: Tensors, steps: number): Promise<number[]> {
  const x = allocateActivations(model, 1, backend);
  loadBatch(x, [Uint16Array.from({ length: 13 }, (_, at) => (at * at + 3) % 61)]);
  const weights = byRole(parameters, model.layers);
  await forward(planForward(model, weights, x), backend);
  const shape = { rows: 12, inputs: 16, outputs: 61, rank: 4, scale: 2 };
  const [aName, bName] = [...adapter.keys()] as [string, string];
  const { data: a } = adapter.get(aName)!;
  const { data: b } = adapter.get(bName)!;
  const gradient = (of: Float32Array): Float32Array => new Float32Array(of.length);
  const [da, db, u] = [gradient(a), gradient(b), new Float32Array(12 * 4)];
  const buffers = { x: x.normed, weight: weights.head, a, b, u, y: x.logits };
  const plan = planLoraForward(shape, buffers);
  const back = { dy: x.logits, du: gradient(u), da, db, dx: gradient(x.normed) };
  const backwardPlan = planLoraBackward(shape, buffers, back, false);
  const gradients: Tensors = new Map([
    [aName, { shape: [4, 16], data: da }],
    [bName, { shape: [61, 4], data: db }],
  ]);
  const state = adamWState(adapter);
  const settings = { beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0 };
  const losses: number[] = [];
  for (let t = 1; t <= steps; t += 1) {
    await loraForward(backend, plan);
    crossEntropyForward(x.rowLosses, x.rowSums, x.logits, x.targets, model.vocabSize);
    losses.push(meanLoss(x.rowLosses, x.rows));
    crossEntropyBackward(x.logits, x.rowSums, x.targets, model.vocabSize);
    await loraBackward(backend, backwardPlan);
    adamWStep(adapter, gradients, state, settings, { t, learningRate: 0.03, gradientScale: 1 });
  }
  return losses;
}

async function lossOf(weights: Tensors): Promise<number> {
  const x = allocateActivations(model, 1, backend);
  loadBatch(x, [Uint16Array.from({ length: 13 }, (_, at) => (at * at + 3) % 61)]);
  await forward(planForward(model, byRole(weights, model.layers), x), backend);
  return meanLoss(x.rowLosses, x.rows);
}

test('a trained head adapter lowers the loss, merged or beside the base; unmerging says what it gave', async () => {
  const digest = baseDigest(parameters, hash);
  const tensors = initialAdapter(model, headOnly, seed);
  const losses = await trainHead(tensors, 41);
  expect(losses[0]).toBe(await lossOf(parameters));
  expect(losses[40]).toBeLessThan(0.5 * losses[0]!);
  expect(baseDigest(parameters, hash)).toBe(digest);

  const before = initialAdapter(model, headOnly, seed);
  await trainHead(before, 40);
  const adapter: LoraAdapter = { spec: headOnly, tensors: before, base: digest };
  const merged = await mergeAdapter(model, parameters, adapter, backend, hash);
  expect(await lossOf(merged)).toBeCloseTo(losses[40]!, 4);
  expect(merged.get('layers.0.ln1.weight')).toBe(parameters.get('layers.0.ln1.weight'));

  const { parameters: back, exact } = await unmergeAdapter(model, merged, adapter, backend, hash);
  expect(exact).toBe(false); // rounding took bits, and it says so
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
