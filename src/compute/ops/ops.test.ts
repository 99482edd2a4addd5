import { describe, expect, test } from 'vitest';
import { openReferenceBackend } from '../backends/reference.ts';
import type { Gemm } from '../backend.ts';
import {
  attentionBackward,
  attentionForward,
  planAttention,
  planAttentionBackward,
} from './attention.ts';
import { causalSoftmaxForward } from './causal-softmax.ts';
import { crossEntropyBackward, crossEntropyForward, meanLoss } from './cross-entropy.ts';
import { embeddingBackward, embeddingForward } from './embedding.ts';
import { sample, weighted, wrongGradients } from './finite-differences.ts';
import { mergeHeads, splitHeads } from './heads.ts';
import { linearForward, linearInputGradient, linearWeightGradient } from './linear.ts';
import { accumulate, add } from './residual.ts';
import { rmsNormBackward, rmsNormForward } from './rmsnorm.ts';
import { mergeRotatedBack, rotaryTable, splitRotated } from './rope.ts';
import { swigluBackward, swigluForward } from './swiglu.ts';

const backend = openReferenceBackend();
const floats = (length: number): Float32Array => new Float32Array(length);

describe('every backward is the derivative of its forward', () => {
  test('embedding, with a token that occurs twice', async () => {
    const [table, dy] = [sample(5 * 3, 0), sample(4 * 3, 1)];
    const tokens = Uint16Array.of(4, 0, 2, 0);
    const [y, dTable] = [floats(12), sample(15, 2)];
    embeddingBackward(dTable, dy, tokens, 3);
    const loss = (): number => {
      embeddingForward(y, table, tokens, 3);
      return weighted(y, dy);
    };
    expect(await wrongGradients(loss, table, dTable)).toEqual([]);
  });

  test('linear: input, input accumulated onto another gradient, and weight', async () => {
    const shape = { rows: 3, inputs: 4, outputs: 5 };
    const [x, weight, dy] = [sample(12, 0), sample(20, 1), sample(15, 2)];
    const [y, dx, dWeight] = [floats(15), floats(12), floats(20)];
    const run = (op: Gemm): void => void backend.gemm(op);
    run(linearInputGradient(shape, dy, weight, dx, false));
    run(linearWeightGradient(shape, dy, x, dWeight));
    const loss = (): number => {
      run(linearForward(shape, x, weight, y));
      return weighted(y, dy);
    };
    expect(await wrongGradients(loss, x, dx)).toEqual([]);
    expect(await wrongGradients(loss, weight, dWeight)).toEqual([]);
    const once = dx.slice();
    run(linearInputGradient(shape, dy, weight, dx, true));
    once.forEach((value, i) => expect(dx[i]).toBeCloseTo(2 * value, 5));
  });

  test('rmsnorm: input onto the residual gradient, and gain', async () => {
    const [x, gain, dy] = [sample(3 * 6, 0), sample(6, 1), sample(18, 2)];
    const [y, inverse, dx, dGain] = [floats(18), new Float64Array(3), floats(18), floats(6)];
    const loss = (): number => {
      rmsNormForward(y, inverse, x, gain, 1e-5);
      return weighted(y, dy);
    };
    loss();
    rmsNormBackward(dx, dGain, new Float64Array(6), dy, x, gain, inverse);
    expect(await wrongGradients(loss, x, dx)).toEqual([]);
    expect(await wrongGradients(loss, gain, dGain)).toEqual([]);
    const once = dx.slice();
    rmsNormBackward(dx, dGain, new Float64Array(6), dy, x, gain, inverse);
    once.forEach((value, i) => expect(dx[i]).toBeCloseTo(2 * value, 5));
  });

  test('rope with the split into heads', async () => {
    const shape = { batch: 2, length: 3, heads: 2, headWidth: 4 };
    const table = rotaryTable(3, 4, 100);
    const [flat, dHeads, heads, dFlat] = [sample(48, 0), sample(48, 1), floats(48), floats(48)];
    mergeRotatedBack(dFlat, dHeads, shape, table);
    const loss = (): number => {
      splitRotated(heads, flat, shape, table);
      return weighted(heads, dHeads);
    };
    expect(await wrongGradients(loss, flat, dFlat)).toEqual([]);
  });

  test('attention: q, k, v', async () => {
    const shape = { matrices: 2, length: 4, headWidth: 6 };
    const size = 2 * 4 * 6;
    const x = {
      q: sample(size, 0),
      k: sample(size, 1),
      v: sample(size, 2),
      probabilities: floats(32),
      out: floats(size),
    };
    const g = {
      dOut: sample(size, 3),
      dProbabilities: floats(32),
      dq: floats(size),
      dk: floats(size),
      dv: floats(size),
    };
    const plan = planAttention(shape, x);
    const loss = async (): Promise<number> => {
      await attentionForward(backend, plan, shape);
      return weighted(x.out, g.dOut);
    };
    await loss();
    await attentionBackward(backend, planAttentionBackward(shape, x, g), shape);
    expect(await wrongGradients(loss, x.q, g.dq)).toEqual([]);
    expect(await wrongGradients(loss, x.k, g.dk)).toEqual([]);
    expect(await wrongGradients(loss, x.v, g.dv)).toEqual([]);
  });

  test('swiglu: gate and up', async () => {
    const [gate, up, dy, y] = [sample(9, 0), sample(9, 1), sample(9, 2), floats(9)];
    const sigmoid = floats(9);
    const loss = (): number => {
      swigluForward(y, sigmoid, gate, up);
      return weighted(y, dy);
    };
    loss();
    const [dGate, dUp] = [gate.slice(), up.slice()];
    swigluBackward(dy, sigmoid, dGate, dUp);
    expect(await wrongGradients(loss, gate, dGate)).toEqual([]);
    expect(await wrongGradients(loss, up, dUp)).toEqual([]);
  });

  test('cross-entropy', async () => {
    const logits = sample(4 * 7, 0);
    const targets = Uint16Array.of(0, 6, 3, 3);
    const [losses, sums] = [new Float64Array(4), new Float64Array(4)];
    const loss = (): number => {
      crossEntropyForward(losses, sums, logits.slice(), targets, 7);
      return meanLoss(losses, 4);
    };
    const gradient = logits.slice();
    crossEntropyForward(losses, sums, gradient, targets, 7);
    crossEntropyBackward(gradient, sums, targets, 7);
    expect(await wrongGradients(loss, logits, gradient)).toEqual([]);
  });
});

test('attention never looks ahead: a masked probability is +0 and rows sum to 1', () => {
  const scores = sample(2 * 5 * 5, 0);
  causalSoftmaxForward(scores, 2, 5, 0.5);
  for (let row = 0; row < 10; row += 1) {
    const values = [...scores.subarray(row * 5, row * 5 + 5)];
    expect(values.slice((row % 5) + 1).every((p) => Object.is(p, 0))).toBe(true);
    expect(values.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 6);
  }
});

test('cross-entropy is stable far from zero', () => {
  const losses = new Float64Array(2);
  const logits = Float32Array.of(1e30, 0, -1e4, -1e4);
  crossEntropyForward(losses, new Float64Array(2), logits, Uint16Array.of(0, 1), 2);
  expect(losses[0]).toBe(0);
  expect(losses[1]).toBeCloseTo(Math.log(2), 12);
});

test('merging heads undoes splitting them; residual sums', () => {
  const shape = { batch: 2, length: 3, heads: 2, headWidth: 2 };
  const [flat, heads, back] = [sample(24, 0), floats(24), floats(24)];
  splitHeads(heads, flat, shape);
  expect(heads).not.toEqual(flat);
  mergeHeads(back, heads, shape);
  expect(back).toEqual(flat);
  const y = floats(2);
  add(y, Float32Array.of(1, 2), Float32Array.of(10, 20));
  accumulate(y, Float32Array.of(100, 200));
  expect([...y]).toEqual([111, 222]);
});
