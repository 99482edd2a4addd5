/** What a bound pass reads and what it writes, by role: what a trace says of it, and a referee needs. */
import type { BoundPass } from '../autodiff/program.ts';

export type Numbers = Float32Array | Float64Array;

/** All that decides what the pass writes, beside the operation itself and its host arrays. */
export function readsOf({ pass, node, places }: BoundPass): ReadonlyMap<string, Numbers> {
  const reads = new Map<string, Numbers>();
  const { op } = node;
  if (pass === 'forward') {
    places.inputs.forEach((input, index) => reads.set(`input ${index}`, input));
    return reads;
  }
  for (const index of op.rereads ?? []) reads.set(`input ${index}`, places.inputs[index]!);
  if (op.rereadsResult === true) reads.set('result', places.result);
  places.kept.forEach((kept, index) => reads.set(`kept ${index}`, kept));
  reads.set('result gradient', places.resultGradient);
  places.gradients.forEach((gradient, index) => {
    if (gradient?.accumulate === true) reads.set(`gradient ${index}`, gradient.data);
  });
  return reads;
}

export function writesOf({ pass, places }: BoundPass): ReadonlyMap<string, Numbers> {
  const writes = new Map<string, Numbers>();
  if (pass === 'forward') {
    writes.set('result', places.result);
    places.kept.forEach((kept, index) => writes.set(`kept ${index}`, kept));
    return writes;
  }
  places.gradients.forEach((gradient, index) => {
    if (gradient) writes.set(`gradient ${index}`, gradient.data);
  });
  return writes;
}

export const bytesIn = (numbers: Numbers): Uint8Array =>
  new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength).slice();
