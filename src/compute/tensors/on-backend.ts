/** Tensors where a backend's kernels read them fastest. */
import type { Backend } from '../backend.ts';
import type { Tensors } from './tensor.ts';

/** Of the same names and shapes, all zero. */
export function zeroTensors(tensors: Tensors, backend: Backend): Tensors {
  return new Map(
    [...tensors].map(([name, { shape, data }]) => [
      name,
      { shape, data: backend.alloc(data.length) },
    ]),
  );
}

export function copyTensors(tensors: Tensors, backend: Backend): Tensors {
  const copies = zeroTensors(tensors, backend);
  for (const [name, { data }] of tensors) copies.get(name)!.data.set(data);
  return copies;
}
