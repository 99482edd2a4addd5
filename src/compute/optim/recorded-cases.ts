/**
 * The tensors of the recorded cases, by the rules of fixtures/optim/generate.py. For tests alone.
 */
import { elementCount } from '../tensors/tensor.ts';
import type { Tensors } from '../tensors/tensor.ts';

const SHAPES = {
  'embed.weight': [4, 3],
  'fc1.weight': [5, 4],
  'fc1.bias': [5],
  'fc2.weight': [3, 5],
  'fc2.bias': [3],
};

export function zeros(): Tensors {
  return new Map(
    Object.entries(SHAPES).map(([name, shape]) => [
      name,
      { shape, data: new Float32Array(elementCount(shape)) },
    ]),
  );
}

export function startingPoint(): Tensors {
  const tensors = zeros();
  [...tensors.values()].forEach(({ data }, t) => {
    data.forEach((_, i) => (data[i] = (((i * 37 + t * 11) % 101) - 50) / 256));
  });
  return tensors;
}

/** Of no function: whole multiples of 1/1024 that f32 holds. */
export function pseudoGradients(gradients: Tensors, step: number): void {
  [...gradients.values()].forEach(({ data }, t) => {
    data.forEach((_, i) => {
      data[i] = (((i * 7919 + step * 104729 + t * 1299709) % 2003) - 1001) / 1024;
    });
  });
}

/** Of sum c/2 (p - y)^2. */
export function quadraticGradients(gradients: Tensors, parameters: Tensors): void {
  for (const [name, { data }] of gradients) {
    const p = parameters.get(name)!.data;
    data.forEach((_, i) => {
      data[i] = (((i % 5) + 1) / 4) * (p[i]! - (((i * 37) % 17) - 8) / 8);
    });
  }
}
