/** Attention in tiles against attention with its whole matrix. */
import { expect, test } from 'vitest';
import type { Graph } from '../autodiff/graph.ts';
import type { Value } from '../autodiff/value.ts';
import { attention } from './attention.ts';
import { recorded } from './gradient-check.ts';
import { tiledAttention } from './tiled-attention.ts';

type Attention = (graph: Graph, q: Value, k: Value, v: Value) => Value;

function record(op: Attention, matrices: number, length: number, width: number) {
  const shape = [matrices, length, width];
  // Scores of a few units, so that the softmax has something to decide.
  const made = recorded([shape, shape, shape], (graph, [q, k, v]) => op(graph, q!, k!, v!));
  for (const { data } of made.parameters.slice(0, 2)) data.forEach((x, i) => (data[i] = 4 * x));
  return made;
}

async function resultsOf(op: Attention, ...shape: [number, number, number]) {
  const { program, parameters, result } = record(op, ...shape);
  await program.forward();
  await program.backward();
  return [program.read(result).slice(), ...parameters.map(({ gradient }) => gradient.slice())];
}

// Within one tile, at its edge, over it, several and a ragged last one.
test.each([1, 7, 64, 65, 128, 200])('of %i positions: equal within 1e-5', async (length) => {
  const whole = await resultsOf(attention, 3, length, 8);
  const tiled = await resultsOf(tiledAttention, 3, length, 8);
  whole.forEach((values, which) => {
    const largest = values.reduce((max, x) => Math.max(max, Math.abs(x)), 1);
    const worst = values.reduce((max, x, i) => Math.max(max, Math.abs(x - tiled[which]![i]!)), 0);
    expect([which, worst / largest < 1e-5]).toEqual([which, true]);
  });
});

test('memory grows with the length, not with its square', () => {
  const bytes = (op: Attention, length: number): number => record(op, 2, length, 8).program.bytes;
  expect(bytes(tiledAttention, 1024) / bytes(tiledAttention, 256)).toBeLessThan(4.1);
  expect(bytes(attention, 1024) / bytes(attention, 256)).toBeGreaterThan(12);
});
