/** The adapted linear map against differences of itself and against PyTorch (fixtures/lora). */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openReferenceBackend } from '../backends/reference.ts';
import { readSafetensors } from '../tensors/safetensors.ts';
import { sample, weighted, wrongGradients } from './finite-differences.ts';
import { linearForward } from './linear.ts';
import { loraBackward, loraForward, planLoraBackward, planLoraForward } from './lora.ts';
import type { LoraShape } from './lora.ts';

const backend = openReferenceBackend();
const floats = (length: number): Float32Array => new Float32Array(length);

function buffers({ rows, inputs, outputs, rank }: LoraShape, stream: number) {
  return {
    x: sample(rows * inputs, stream),
    weight: sample(outputs * inputs, stream + 1),
    a: sample(rank * inputs, stream + 2),
    b: sample(outputs * rank, stream + 3),
    u: floats(rows * rank),
    y: floats(rows * outputs),
    dy: sample(rows * outputs, stream + 4),
    du: floats(rows * rank),
    da: floats(rank * inputs),
    db: floats(outputs * rank),
    dx: floats(rows * inputs),
  };
}

test('backward is the derivative of forward: input, A and B', async () => {
  const shape = { rows: 3, inputs: 4, outputs: 5, rank: 2, scale: 1.5 };
  const all = buffers(shape, 0);
  const plan = planLoraForward(shape, all);
  const loss = async (): Promise<number> => {
    await loraForward(backend, plan);
    return weighted(all.y, all.dy);
  };
  await loss();
  await loraBackward(backend, planLoraBackward(shape, all, all, false));
  expect(await wrongGradients(loss, all.x, all.dx)).toEqual([]);
  expect(await wrongGradients(loss, all.a, all.da)).toEqual([]);
  expect(await wrongGradients(loss, all.b, all.db)).toEqual([]);
  const once = all.dx.slice();
  await loss();
  await loraBackward(backend, planLoraBackward(shape, all, all, true));
  once.forEach((value, i) => expect(all.dx[i]).toBeCloseTo(2 * value, 4));
});

test('values and gradients are those of PyTorch', async () => {
  const path = new URL('../../../fixtures/lora/gradients.safetensors', import.meta.url);
  const { tensors } = readSafetensors(readFileSync(path));
  const data = (name: string): Float32Array => tensors.get(name)!.data;
  const shape = { rows: 5, inputs: 7, outputs: 6, rank: 3, scale: 16 / 3 };
  const all = buffers(shape, 0);
  for (const name of ['x', 'weight', 'a', 'b', 'dy'] as const) all[name].set(data(name));
  await loraForward(backend, planLoraForward(shape, all));
  await loraBackward(backend, planLoraBackward(shape, all, all, false));
  for (const name of ['y', 'dx', 'da', 'db'] as const) {
    const largest = data(name).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    all[name].forEach((value, i) => {
      expect(Math.abs(value - data(name)[i]!), `${name} ${i}`).toBeLessThan(1e-6 * largest);
    });
  }
});

test('a B of zero leaves the base map to the bit', async () => {
  const shape = { rows: 3, inputs: 4, outputs: 5, rank: 2, scale: 8 };
  const all = buffers(shape, 9);
  all.b.fill(0);
  await loraForward(backend, planLoraForward(shape, all));
  const plain = floats(all.y.length);
  await backend.gemm(linearForward(shape, all.x, all.weight, plain));
  expect(all.y).toEqual(plain);
});
