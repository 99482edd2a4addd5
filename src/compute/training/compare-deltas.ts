/**
 * How far apart two deltas are, for the tolerant class, where bits may differ:
 *   cosine = a.b / (|a| |b|),  normRatio = |a| / |b|         f64, name order, elements ascending
 * Two zero deltas are alike (cosine 1, ratio 1); against one zero delta the cosine is 0 and the
 * ratio 0 or Infinity.
 */
import { conformTo } from '../model/parameters.ts';
import { globalNorm } from '../optim/clip.ts';
import { readSafetensors } from '../tensors/safetensors.ts';
import type { Shape, Tensors } from '../tensors/tensor.ts';

export interface DeltaComparison {
  readonly cosine: number;
  readonly normRatio: number;
}

/** Both are safetensors files; throws SafetensorsError, or TrainingInputError where b is unlike a. */
export function compareDeltas(a: Uint8Array, b: Uint8Array): DeltaComparison {
  const left = readSafetensors(a).tensors;
  const shapes = new Map([...left].map(([name, { shape }]) => [name, shape] as [string, Shape]));
  conformTo(shapes, left, 'first delta');
  const right = conformTo(shapes, readSafetensors(b).tensors, 'second delta');
  const [x, y] = [globalNorm(left), globalNorm(right)];
  if (x === 0 && y === 0) return { cosine: 1, normRatio: 1 };
  if (x === 0 || y === 0) return { cosine: 0, normRatio: x / y };
  return { cosine: dot(left, right) / (x * y), normRatio: x / y };
}

function dot(a: Tensors, b: Tensors): number {
  let sum = 0;
  for (const [name, { data }] of a) {
    const other = b.get(name)!.data;
    for (let i = 0; i < data.length; i += 1) sum += data[i]! * other[i]!;
  }
  return sum;
}
