import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openReferenceBackend } from '../backends/reference.ts';
import { initialParameters } from '../model/parameters.ts';
import type { ModelConfig } from '../model/config.ts';
import { writeSafetensors } from '../tensors/safetensors.ts';
import { tokenCodec } from '../tokenizer/encode.ts';
import { END_OF_TEXT, vocabSizeOf } from '../tokenizer/tokenizer.ts';
import { trainTokenizer } from '../tokenizer/train.ts';
import { generateText, generateTokens } from './generate.ts';
import type { Generator } from './generate.ts';
import { GREEDY, SamplingError, parseSamplingSettings } from './settings.ts';

const fixture = (name: string): Buffer =>
  readFileSync(new URL(`../../../fixtures/${name}`, import.meta.url));
const backend = openReferenceBackend();
const seed = new Uint8Array(32).fill(3);

test('greedy continuations are those of PyTorch, past the context length too', async () => {
  const { model } = JSON.parse(fixture('tensors/gpt.json').toString()) as { model: ModelConfig };
  const cases = JSON.parse(fixture('sampling/greedy.json').toString()) as {
    prompt: number[];
    ids: number[];
  }[];
  const checkpoint = fixture('tensors/gpt-trained.safetensors');
  const generator = { model, checkpoint, settings: { ...GREEDY, tokensMax: 30 }, seed };
  for (const { prompt, ids } of cases) {
    const candidates = { count: model.vocabSize, endToken: -1 };
    const generated = await generateTokens(generator, prompt, candidates, backend);
    expect(generated).toEqual({ ids, end: 'tokens_max' });
    const fourth = ids.indexOf(ids[3]!);
    const ended = await generateTokens(
      generator,
      prompt,
      { ...candidates, endToken: ids[3]! },
      backend,
    );
    expect(ended).toEqual({ ids: ids.slice(0, fourth), end: 'end_token' });
  }
});

const tokenizer = trainTokenizer('call me ishmael, call me', 264, [END_OF_TEXT]);
const model: ModelConfig = {
  vocabSize: 272, // more rows than tokens
  contextLength: 8,
  dModel: 8,
  layers: 1,
  heads: 2,
  dFf: 8,
  ropeTheta: 10000,
  normEps: 1e-5,
};
const generator: Generator = {
  model,
  checkpoint: writeSafetensors(initialParameters(model, seed)),
  settings: { temperature: 1, topP: 0.95, tokensMax: 40 },
  seed,
};

describe('text', () => {
  test('is a function of checkpoint, prompt, settings and seed', async () => {
    const run = (change: Partial<Generator>) =>
      generateText({ ...generator, ...change }, tokenizer, 'call me', backend);
    const first = await run({});
    expect(await run({})).toEqual(first);
    expect(first.text).toBe(tokenCodec(tokenizer).decode(first.ids));
    expect(first.ids.length).toBeGreaterThan(3);
    expect((await run({ seed: new Uint8Array(32).fill(4) })).ids).not.toEqual(first.ids);
    // What is drawn does not hang on how many are wanted.
    const shorter = await run({ settings: { ...generator.settings, tokensMax: 3 } });
    expect(shorter.ids).toEqual(first.ids.slice(0, 3));
    expect(shorter.end).toBe('tokens_max');
  });

  test('holds no id without a token, and ends at the end of the text', async () => {
    const hot = { ...generator, settings: { temperature: 100, topP: 1, tokensMax: 2000 } };
    const { ids, end } = await generateText(hot, tokenizer, 'c', backend);
    const count = vocabSizeOf(tokenizer);
    expect(count).toBeLessThan(model.vocabSize);
    expect(Math.max(...ids)).toBeLessThan(count - 1);
    expect(end).toBe('end_token');
    expect(ids.length).toBeGreaterThan(20);
  });
});

describe('refused', () => {
  const codeOf = async (work: () => unknown): Promise<string> => {
    try {
      await work();
      return 'ok';
    } catch (error) {
      if (error instanceof SamplingError) return error.code;
      throw error;
    }
  };

  test.each([
    ['ok', {}],
    ['ok', { temperature: 0 }],
    ['settings_invalid', { topK: 3 }],
    ['settings_invalid', { temperature: '1' }],
    ['settings_invalid', { topP: undefined }],
    ['temperature_out_of_range', { temperature: -0.1 }],
    ['temperature_out_of_range', { temperature: 101 }],
    ['temperature_out_of_range', { temperature: NaN }],
    ['temperature_out_of_range', { temperature: Infinity }],
    ['top_p_out_of_range', { topP: 0 }],
    ['top_p_out_of_range', { topP: 1.0001 }],
    ['top_p_out_of_range', { topP: NaN }],
    ['tokens_max_out_of_range', { tokensMax: 0 }],
    ['tokens_max_out_of_range', { tokensMax: 1.5 }],
    ['tokens_max_out_of_range', { tokensMax: 1e9 }],
  ])('settings: %s %j', async (code, change) => {
    const settings: unknown = { ...generator.settings, ...change };
    expect(await codeOf(() => parseSamplingSettings(settings))).toBe(code);
  });

  const run = (change: Partial<Generator>, prompt: readonly number[] = [1]): Promise<string> =>
    codeOf(() =>
      generateTokens(
        { ...generator, ...change },
        prompt,
        { count: model.vocabSize, endToken: -1 },
        backend,
      ),
    );

  test('a prompt, seed, setting or tokenizer that does not fit', async () => {
    expect(await run({}, [])).toBe('prompt_empty');
    expect(await run({}, [272])).toBe('token_out_of_range');
    expect(await run({}, [-1])).toBe('token_out_of_range');
    expect(await run({}, [0.5])).toBe('token_out_of_range');
    expect(await run({ seed: new Uint8Array(31) })).toBe('seed_invalid');
    expect(await run({ settings: { ...generator.settings, topP: 2 } })).toBe('top_p_out_of_range');
    const small = { ...generator, model: { ...model, vocabSize: 260 } };
    expect(await codeOf(() => generateText(small, tokenizer, 'c', backend))).toBe(
      'vocabulary_mismatch',
    );
  });

  test('a model whose arithmetic overflows', async () => {
    const parameters = new Map(initialParameters(model, seed));
    const head = parameters.get('lm_head.weight')!;
    parameters.set('lm_head.weight', { ...head, data: head.data.map(() => 3e38) });
    expect(await run({ checkpoint: writeSafetensors(parameters) })).toBe('logits_not_finite');
  });
});
