/**
 * How gradients are bounded before a step: plain JSON, told apart by `name`.
 *   none
 *   norm    all scaled down together above this global norm (clip.ts)
 *   value   each element into [-limit, limit] (torch clip_grad_value_), in place
 */
import { fieldsOf, nameOf } from '../json-fields.ts';

export type ClipSettings =
  { readonly name: 'none' } | { readonly name: 'norm' | 'value'; readonly limit: number };

export interface ClipReport {
  /** What the gradients were multiplied by for their norm: 1 or less. */
  readonly scale: number;
  /** Elements beyond the limit for values. */
  readonly clippedElements: number;
}

const LIMIT_MIN = 1e-30;
const LIMIT_MAX = 1e30;

/** Throws TrainingInputError `spec_invalid` for anything but ClipSettings. */
export function parseClipSettings(value: unknown): ClipSettings {
  const name = nameOf(value, 'clip', ['none', 'norm', 'value']);
  if (name === 'none') {
    fieldsOf(value, 'clip', ['name']);
    return { name };
  }
  const fields = fieldsOf(value, 'clip', ['name', 'limit']);
  return { name, limit: fields.real('limit', LIMIT_MIN, LIMIT_MAX) };
}

/** Clamps to the f32 nearest to the limit, in place. @return how many elements changed; NaN stays and does not count */
export function clipValues(data: Float32Array, limit: number): number {
  const bound = Math.fround(limit);
  let clipped = 0;
  for (let i = 0; i < data.length; i += 1) {
    const x = data[i]!;
    if (!(x > bound || x < -bound)) continue;
    data[i] = x > 0 ? bound : -bound;
    clipped += 1;
  }
  return clipped;
}
