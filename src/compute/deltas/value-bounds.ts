/**
 * Bounds of what is encoded and decoded, chosen so that no step of any encoding leaves the finite
 * f32: an orthonormal 64 x 64 transform of values up to V gives up to 64 V, and up to 4096
 * coefficients of 128 V decode to less than 2^15 V.
 */
import type { Tensors } from '../tensors/tensor.ts';
import { DeltaError } from './delta-error.ts';

export const VALUE_MAX = 2 ** 100;
/** 64 V and what rounding may add. */
export const COEFFICIENT_MAX = 128 * VALUE_MAX;

/** Throws DeltaError `value_too_large`; NaN is too large. */
export function checkValues(tensors: Tensors): void {
  for (const [name, { data }] of tensors) {
    if (withinBounds(data)) continue;
    throw new DeltaError('value_too_large', `${JSON.stringify(name)} has a value beyond 2^100`);
  }
}

function withinBounds(data: Float32Array): boolean {
  for (let i = 0; i < data.length; i += 1) if (!(Math.abs(data[i]!) <= VALUE_MAX)) return false;
  return true;
}
