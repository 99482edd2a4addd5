import { describe, expect, test } from 'vitest';
import type { Graph } from '../autodiff/graph.ts';
import type { Value } from '../autodiff/value.ts';
import type { Shape } from '../tensors/tensor.ts';
import { attention } from './attention.ts';
import { causalSoftmaxForward } from './causal-softmax.ts';
import { crossEntropy, crossEntropyForward } from './cross-entropy.ts';
import { detach } from './detach.ts';
import { embedding } from './embedding.ts';
import { recorded, sample, wrongGradients } from './gradient-check.ts';
import { intoHeads, mergeHeads, outOfHeads, splitHeads } from './heads.ts';
import { linear } from './linear.ts';
import { multiply } from './product.ts';
import { add } from './residual.ts';
import { rmsNorm } from './rmsnorm.ts';
import { rotaryHeads, rotaryTable } from './rope.ts';
import { scale } from './scale.ts';
import { sum } from './sum.ts';
import { swiglu } from './swiglu.ts';
import { tiledAttention } from './tiled-attention.ts';

const floats = (length: number): Float32Array => new Float32Array(length);

interface Case {
  readonly shapes: readonly Shape[];
  readonly record: (graph: Graph, parameters: readonly Value[]) => Value;
}

const heads = { batch: 2, length: 3, heads: 2, headWidth: 4 };
const targets = Uint16Array.of(0, 6, 3, 3);

const CASES: Readonly<Record<string, Case>> = {
  embedding: {
    shapes: [[5, 3]],
    record: (graph, [table]) => embedding(graph, table!, Uint16Array.of(4, 0, 2, 0)),
  },
  linear: {
    shapes: [
      [3, 4],
      [5, 4],
    ],
    record: (graph, [x, weight]) => linear(graph, x!, weight!),
  },
  rmsnorm: {
    shapes: [[3, 6], [6]],
    record: (graph, [x, gain]) => rmsNorm(graph, x!, gain!, 1e-5),
  },
  rope: {
    shapes: [[6, 8]],
    record: (graph, [x]) => rotaryHeads(graph, x!, heads, rotaryTable(3, 4, 100)),
  },
  'split heads': { shapes: [[6, 8]], record: (graph, [x]) => intoHeads(graph, x!, heads) },
  'merge heads': { shapes: [[4, 3, 4]], record: (graph, [x]) => outOfHeads(graph, x!, heads) },
  attention: {
    shapes: [
      [2, 4, 6],
      [2, 4, 6],
      [2, 4, 6],
    ],
    record: (graph, [q, k, v]) => attention(graph, q!, k!, v!),
  },
  'tiled attention': {
    shapes: [
      [2, 4, 6],
      [2, 4, 6],
      [2, 4, 6],
    ],
    record: (graph, [q, k, v]) => tiledAttention(graph, q!, k!, v!),
  },
  swiglu: {
    shapes: [
      [3, 3],
      [3, 3],
    ],
    record: (graph, [gate, up]) => swiglu(graph, gate!, up!),
  },
  'cross-entropy': {
    shapes: [[4, 7]],
    record: (graph, [logits]) =>
      crossEntropy(graph, logits!, { targets, losses: new Float64Array(4) }),
  },
  add: { shapes: [[7], [7]], record: (graph, [a, b]) => add(graph, a!, b!) },
  multiply: { shapes: [[7], [7]], record: (graph, [a, b]) => multiply(graph, a!, b!) },
  scale: { shapes: [[7]], record: (graph, [x]) => scale(graph, x!, 1.5) },
  sum: { shapes: [[2, 3]], record: (graph, [x]) => sum(graph, x!) },
};

describe.each(Object.entries(CASES))('%s', (_, { shapes, record }) => {
  test('its backward is the derivative of its forward', async () => {
    expect(await wrongGradients(recorded(shapes, record))).toEqual([]);
  });

  test('on computed inputs, whose storage it may take over', async () => {
    const computed = recorded(shapes, (graph, parameters) =>
      record(
        graph,
        parameters.map((parameter) => scale(graph, parameter, 2)),
      ),
    );
    expect(await wrongGradients(computed)).toEqual([]);
  });

  test('onto gradients that are there already: each input is used before and after', async () => {
    const used = recorded(shapes, (graph, parameters) => {
      const inputs = parameters.map((parameter) => scale(graph, parameter, 1.5));
      const before = inputs.map((input) => sum(graph, multiply(graph, input, input)));
      let total = sum(graph, multiply(graph, record(graph, inputs), record(graph, inputs)));
      for (const [index, input] of inputs.entries())
        total = add(graph, add(graph, total, before[index]!), sum(graph, input));
      return total;
    });
    expect(await wrongGradients(used)).toEqual([]);
  });

  test('a second micro-batch adds to the gradients of the first', async () => {
    const { program, parameters } = recorded(shapes, record);
    await program.forward();
    await program.backward();
    const once = parameters.map(({ gradient }) => gradient.slice());
    await program.forward();
    await program.backward({ accumulate: true });
    parameters.forEach(({ gradient }, which) =>
      gradient.forEach((value, i) => expect(value).toBeCloseTo(2 * once[which]![i]!, 5)),
    );
  });

  test('a loss scale comes back in every gradient', async () => {
    const { program, parameters } = recorded(shapes, record);
    await program.forward();
    await program.backward();
    const once = parameters.map(({ gradient }) => gradient.slice());
    await program.forward();
    await program.backward({ seed: 1024 });
    parameters.forEach(({ gradient }, which) =>
      gradient.forEach((value, i) => expect(value / 1024).toBeCloseTo(once[which]![i]!, 5)),
    );
  });
});

test('nothing flows back through a detached value', async () => {
  const { program, parameters } = recorded([[4]], (graph, [x]) =>
    multiply(graph, x!, detach(graph, x!)),
  );
  await program.forward();
  await program.backward();
  const weights = sample(4, 99);
  const [{ data, gradient }] = parameters as [(typeof parameters)[number]];
  gradient.forEach((value, i) => expect(value).toBe(Math.fround(weights[i]! * data[i]!)));
});

test('attention never looks ahead: a masked probability is +0 and rows sum to 1', () => {
  const scores = sample(2 * 5 * 5, 0);
  causalSoftmaxForward(scores, 2, 5, 0.5);
  for (let row = 0; row < 10; row += 1) {
    const values = [...scores.subarray(row * 5, row * 5 + 5)];
    expect(values.slice((row % 5) + 1).every((p) => Object.is(p, 0))).toBe(true);
    expect(values.reduce((total, p) => total + p, 0)).toBeCloseTo(1, 6);
  }
});

test('cross-entropy is stable far from zero', () => {
  const losses = new Float64Array(2);
  const logits = Float32Array.of(1e30, 0, -1e4, -1e4);
  crossEntropyForward(losses, new Float64Array(2), logits, logits, Uint16Array.of(0, 1), 2);
  expect(losses[0]).toBe(0);
  expect(losses[1]).toBeCloseTo(Math.log(2), 12);
});

test('merging heads undoes splitting them', () => {
  const shape = { batch: 2, length: 3, heads: 2, headWidth: 2 };
  const [flat, split, back] = [sample(24, 0), floats(24), floats(24)];
  splitHeads(split, flat, shape, false);
  expect(split).not.toEqual(flat);
  mergeHeads(back, split, shape, false);
  expect(back).toEqual(flat);
});
