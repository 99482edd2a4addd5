import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { openReferenceBackend } from '../backends/reference.ts';
import { parameterShapes } from '../model/parameters.ts';
import { chachaStream } from '../random/chacha20.ts';
import { readSafetensors, writeSafetensors } from '../tensors/safetensors.ts';
import type { Tensor } from '../tensors/tensor.ts';
import { compareDeltas } from './compare-deltas.ts';
import { contribute, initialCheckpoint } from './contribution.ts';
import { heldOutLossMicroNats } from './held-out.ts';
import { outerStep } from './outer-step.ts';
import { tinySpec } from './tiny-spec.ts';
import type { TrainingSpec } from './spec.ts';

const hash = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
const hex = (bytes: Uint8Array): string => Buffer.from(hash(bytes)).toString('hex');
const seed = new Uint8Array(32).fill(1);
const backend = openReferenceBackend();

const spec: TrainingSpec = {
  ...tinySpec,
  innerSteps: 4,
  batchPages: 2,
  stepOffset: 3,
  traceEvery: 2,
};

/** Pages of a sequence that a model can learn: runs of consecutive ids. */
function somePages(count: number): Uint16Array[] {
  const draws = chachaStream(seed, 99);
  return Array.from({ length: count }, () => {
    const start = Math.floor(draws.uniform() * 23);
    return Uint16Array.from({ length: 9 }, (_, i) => (start + i) % 23);
  });
}

const checkpoint = initialCheckpoint(spec.model, seed);
const pages = somePages(8);
const work = (over: Partial<TrainingSpec> = {}, from: Uint8Array = checkpoint, on = pages) =>
  contribute({ ...spec, ...over }, from, on, backend, hash);

function edited(edit: (tensors: Map<string, Tensor>) => void): Uint8Array {
  const tensors = new Map(readSafetensors(checkpoint).tensors);
  edit(tensors);
  return writeSafetensors(tensors);
}

test('golden bits: checkpoint, delta, trace and the outer step never drift', async () => {
  const { delta, trace, lossFirst, lossLast } = await work();
  const outer = outerStep({ outerLearningRate: 0.7, outerMomentum: 0.9 }, checkpoint, null, [
    delta,
  ]);
  expect({
    checkpoint: hex(checkpoint),
    delta: hex(delta),
    trace,
    lossFirst,
    lossLast,
    outer: hex(outer.checkpoint),
    momentum: hex(outer.momentum),
  }).toMatchInlineSnapshot(`
    {
      "checkpoint": "f8d10b58c1f0029ccbc2030940f5ef3f84302a49020bb7ae446977cac97dac3e",
      "delta": "6c87ce8139715dcc46b524b9604836e01845ad160da39e46c355468bbf92cc51",
      "lossFirst": 2.979303991069401,
      "lossLast": 2.2647386734315473,
      "momentum": "6c87ce8139715dcc46b524b9604836e01845ad160da39e46c355468bbf92cc51",
      "outer": "90572a2cd7d8f63550963b63ec95dc4c28e2d889282452e9b475656eb2a965f3",
      "trace": [
        "225f7e90ecf0b164c2fe5327aa54d69fe2404bc64967d5c28f726f0e08109451",
        "4ef688e18c587b122518f02a7490536800f79bfe997c6ebdebab5f93dd9561a4",
      ],
    }
  `);
});

test('a contribution is a function of its input, whatever ran before', async () => {
  const first = await work();
  await work({ stepOffset: 9 });
  const again = await work();
  expect(again).toEqual(first);
  expect(first.tokens).toBe(64);
  expect(first.trace).toHaveLength(2);
  expect((await work({ traceEvery: 0 })).trace).toEqual(first.trace.slice(1));
  expect((await work({ traceEvery: 3 })).trace).toHaveLength(2);
});

test('the delta is theta_r - theta_local under the names of the checkpoint', async () => {
  const { delta } = await work();
  const names = [...readSafetensors(delta).tensors.keys()];
  expect(names).toEqual([...parameterShapes(spec.model).keys()].sort());
  const local = outerStep({ outerLearningRate: 1, outerMomentum: 0 }, checkpoint, null, [delta]);
  const before = await heldOutLossMicroNats(spec.model, checkpoint, pages, 3, backend);
  const after = await heldOutLossMicroNats(spec.model, local.checkpoint, pages, 3, backend);
  expect(after).toBeLessThan(before);
});

test('windows of contributions and outer steps learn', async () => {
  let theta: Uint8Array = checkpoint;
  let momentum: Uint8Array | null = null;
  for (let window = 0; window < 5; window += 1) {
    const deltas: Uint8Array[] = [];
    for (const slot of [0, 1]) {
      const own = somePages(16).slice(slot * 8, slot * 8 + 8);
      deltas.push((await work({ stepOffset: window * 4 }, theta, own)).delta);
    }
    const outer = outerStep(
      { outerLearningRate: 0.7, outerMomentum: 0.6 },
      theta,
      momentum,
      deltas,
    );
    theta = outer.checkpoint;
    momentum = outer.momentum;
  }
  expect(await heldOutLossMicroNats(spec.model, theta, pages, 8, backend)).toBeLessThan(2_600_000);
});

test('held-out loss does not depend on the batch size and equals the first training loss', async () => {
  const losses: number[] = [];
  for (const batch of [1, 3, 8, 100]) {
    losses.push(await heldOutLossMicroNats(spec.model, checkpoint, pages, batch, backend));
  }
  expect(new Set(losses).size).toBe(1);
  const own = await heldOutLossMicroNats(spec.model, checkpoint, pages.slice(0, 2), 2, backend);
  expect(own).toBe(Math.round((await work()).lossFirst * 1e6));
});

describe('input that breaks its rules has a typed answer', () => {
  const rejects = (promise: Promise<unknown>, code: string) =>
    expect(promise).rejects.toMatchObject({ name: 'TrainingInputError', code });

  test.each<[string, Partial<TrainingSpec>]>([
    ['no steps', { innerSteps: 0 }],
    ['fractional batch', { batchPages: 1.5 }],
    ['odd head width', { model: { ...spec.model, heads: 4 } }],
    ['NaN rate', { optimizer: { ...spec.optimizer, learningRate: NaN } }],
    ['beta of 1', { optimizer: { ...spec.optimizer, beta1: 1 } }],
    ['vocabulary beyond u16', { model: { ...spec.model, vocabSize: 65537 } }],
  ])('%s', async (_, over) => {
    await rejects(work(over), 'spec_invalid');
  });

  test('pages', async () => {
    await rejects(work({}, checkpoint, []), 'pages_empty');
    await rejects(work({}, checkpoint, pages.slice(1)), 'page_count_mismatch');
    const short = [pages[0]!.subarray(1), ...pages.slice(1)];
    await rejects(work({}, checkpoint, short), 'page_length_mismatch');
    const foreign = [Uint16Array.from(pages[0]!, () => 23), ...pages.slice(1)];
    await rejects(work({}, checkpoint, foreign), 'token_out_of_range');
  });

  test('checkpoints', async () => {
    const head = { shape: [23, 12], data: new Float32Array(276) };
    await rejects(
      work(
        {},
        edited((t) => t.delete('lm_head.weight')),
      ),
      'tensor_missing',
    );
    await rejects(
      work(
        {},
        edited((t) => t.set('extra', head)),
      ),
      'tensor_unexpected',
    );
    const turned = edited((t) => t.set('lm_head.weight', { ...head, shape: [12, 23] }));
    await rejects(work({}, turned), 'shape_mismatch');
    head.data[7] = NaN;
    await rejects(
      work(
        {},
        edited((t) => t.set('lm_head.weight', head)),
      ),
      'value_not_finite',
    );
    await expect(work({}, checkpoint.subarray(0, 90))).rejects.toMatchObject({
      name: 'SafetensorsError',
    });
  });

  test('finite weights whose arithmetic overflows end in a NumericFault, and the backend stays usable', async () => {
    const huge = edited((tensors) => {
      const shape = [23, 12];
      tensors.set('lm_head.weight', { shape, data: new Float32Array(276).fill(3e38) });
    });
    await expect(work({}, huge)).rejects.toMatchObject({ name: 'NumericFault', place: 'loss' });
    expect((await work()).tokens).toBe(64);
  });
});

describe('outer step', () => {
  const file = (...values: number[]): Uint8Array =>
    writeSafetensors(new Map([['w', { shape: [values.length], data: Float32Array.from(values) }]]));
  const values = (bytes: Uint8Array): number[] => [
    ...readSafetensors(bytes).tensors.get('w')!.data,
  ];
  const plain = { outerLearningRate: 0.5, outerMomentum: 0.5 };

  test('worked example: clipping to the median norm, then Nesterov momentum over two steps', () => {
    const deltas = [file(1, 0), file(0, 2), file(8, 0)];
    const first = outerStep(plain, file(10, 10), null, deltas);
    expect(first.norms).toEqual([1, 2, 8]);
    expect(first.scales).toEqual([1, 1, 0.25]);
    const [d0, d1] = [1, 2 / 3];
    expect(values(first.momentum)).toEqual([d0, Math.fround(d1)]);
    expect(values(first.checkpoint)[0]).toBe(10 - 0.5 * (d0 + 0.5 * d0));
    const second = outerStep(plain, first.checkpoint, first.momentum, [file(1, 1)]);
    expect(values(second.momentum)[0]).toBe(1.5);
    expect(values(second.checkpoint)[0]).toBe(9.25 - 0.5 * (1 + 0.5 * 1.5));
  });

  test('an even number has the mean of the middle norms; zero deltas keep scale 1', () => {
    const { scales } = outerStep(plain, file(0), null, [file(1), file(3), file(0), file(4)]);
    expect(scales).toEqual([1, 2 / 3, 1, 0.5]);
    expect(outerStep(plain, file(0), null, [file(0), file(0)]).scales).toEqual([1, 1]);
  });

  test('typed refusals', () => {
    const code = (deltas: Uint8Array[], momentum: Uint8Array | null = null): unknown => {
      try {
        outerStep(plain, file(0, 0), momentum, deltas);
        return 'ok';
      } catch (error) {
        return (error as { code?: string }).code ?? (error as Error).name;
      }
    };
    expect(code([])).toBe('deltas_empty');
    expect(code([file(0)])).toBe('shape_mismatch');
    expect(code([file(NaN, 0)])).toBe('value_not_finite');
    expect(code([file(0, 0)], file(0))).toBe('shape_mismatch');
    expect(code([file(3.4e38, 0)], file(3.4e38, 0))).toBe('aggregate_not_finite');
  });

  test('comparison of deltas', () => {
    expect(compareDeltas(file(1, 0), file(0, 2))).toEqual({ cosine: 0, normRatio: 0.5 });
    expect(compareDeltas(file(3, 4), file(-6, -8))).toEqual({ cosine: -1, normRatio: 0.5 });
    expect(compareDeltas(file(0, 0), file(0, 0))).toEqual({ cosine: 1, normRatio: 1 });
    expect(compareDeltas(file(1, 0), file(0, 0))).toEqual({ cosine: 0, normRatio: Infinity });
    expect(() => compareDeltas(file(1), file(1, 2))).toThrow('second delta: w is (2), wanted (1)');
  });
});
