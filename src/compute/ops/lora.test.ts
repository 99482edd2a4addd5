/** The adapted linear map: its gradients by differences, everything by PyTorch (fixtures/lora). */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Graph } from '../autodiff/graph.ts';
import { Program } from '../autodiff/program.ts';
import type { Leaf } from '../autodiff/program.ts';
import type { Value } from '../autodiff/value.ts';
import { openReferenceBackend } from '../backends/reference.ts';
import { readSafetensors } from '../tensors/safetensors.ts';
import type { Shape } from '../tensors/tensor.ts';
import { detach } from './detach.ts';
import { recorded, wrongGradients } from './gradient-check.ts';
import { linear } from './linear.ts';
import { loraLinear } from './lora.ts';
import { multiply } from './product.ts';
import { add } from './residual.ts';
import { scale } from './scale.ts';
import { sum } from './sum.ts';

const SHAPES: readonly Shape[] = [
  [3, 4],
  [2, 4],
  [5, 2],
  [5, 4],
];

const adapted = (graph: Graph, [x, a, b, weight]: readonly Value[]): Value =>
  loraLinear(graph, x!, detach(graph, weight!), { a: a!, b: b!, scale: 1.5 });

/** Where x, A or B are; the weight is behind a detach, no gradient of it is right. */
async function wrong(record: (graph: Graph, values: readonly Value[]) => Value): Promise<string[]> {
  const found = await wrongGradients(recorded(SHAPES, record));
  return found.filter((line) => !line.startsWith('3:'));
}

test('backward is the derivative of forward: input, A and B', async () => {
  expect(await wrong(adapted)).toEqual([]);
});

test('onto gradients that are there already: each input is used before and after', async () => {
  const twice = await wrong((graph, values) => {
    const inputs = values.map((value) => scale(graph, value, 1.5));
    const before = inputs.map((input) => sum(graph, multiply(graph, input, input)));
    let total = sum(graph, multiply(graph, adapted(graph, inputs), adapted(graph, inputs)));
    for (const [index, input] of inputs.entries())
      total = add(graph, add(graph, total, before[index]!), sum(graph, input));
    return total;
  });
  expect(twice).toEqual([]);
});

interface Run {
  readonly y: Float32Array;
  readonly gradients: ReadonlyMap<string, Float32Array>;
}

/** y and the gradients of sum(dy y) with these tensors, which are x, a, b, weight and dy. */
async function run(
  data: (name: string) => Float32Array,
  shapes: Readonly<Record<string, Shape>>,
): Promise<Run> {
  const graph = new Graph();
  const leaves = new Map<Value, Leaf>();
  const gradients = new Map<string, Float32Array>();
  const leaf = (name: string): Value => {
    const fixed = name === 'weight' || name === 'dy';
    const value = fixed ? graph.constant(shapes[name]!) : graph.parameter(shapes[name]!);
    const gradient = new Float32Array(data(name).length);
    leaves.set(value, fixed ? { data: data(name) } : { data: data(name), gradient });
    if (!fixed) gradients.set(name, gradient);
    return value;
  };
  const y = loraLinear(graph, leaf('x'), leaf('weight'), {
    a: leaf('a'),
    b: leaf('b'),
    scale: 16 / 3,
  });
  const loss = sum(graph, multiply(graph, y, leaf('dy')));
  const backend = openReferenceBackend();
  const program = new Program(graph, { backend, loss, results: [y], leaf: (v) => leaves.get(v)! });
  await program.forward();
  await program.backward();
  return { y: program.read(y), gradients };
}

const path = new URL('../../../fixtures/lora/gradients.safetensors', import.meta.url);
const { tensors } = readSafetensors(readFileSync(path));
const oracle = (name: string): Float32Array => tensors.get(name)!.data;
const shapes = Object.fromEntries([...tensors].map(([name, { shape }]) => [name, shape]));

test('values and gradients are those of PyTorch', async () => {
  const { y, gradients } = await run(oracle, shapes);
  const made = [['y', y], ...[...gradients].map(([name, data]) => [`d${name}`, data])] as [
    string,
    Float32Array,
  ][];
  expect(made.map(([name]) => name)).toEqual(['y', 'dx', 'da', 'db']);
  for (const [name, data] of made) {
    const largest = oracle(name).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    data.forEach((value, i) => {
      expect(Math.abs(value - oracle(name)[i]!), `${name} ${i}`).toBeLessThan(1e-6 * largest);
    });
  }
});

test('a B of zero leaves the base map to the bit', async () => {
  const zero = (name: string): Float32Array => (name === 'b' ? new Float32Array(18) : oracle(name));
  const { y } = await run(zero, shapes);
  const graph = new Graph();
  const [x, weight] = ['x', 'weight'].map((name) => ({
    name,
    value: graph.constant(shapes[name]!),
  }));
  const plain = linear(graph, x!.value, weight!.value);
  const leaf = (value: Value): Leaf => ({ data: oracle(value === x!.value ? 'x' : 'weight') });
  const program = new Program(graph, { backend: openReferenceBackend(), results: [plain], leaf });
  await program.forward();
  expect(y).toEqual(program.read(plain));
});
