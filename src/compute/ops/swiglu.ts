/**
 * SwiGLU gate (Shazeer 2020), elementwise.
 *   y = silu(g) u,  silu(g) = g s,  s = 1 / (1 + exp(-g))                  all (N, F)
 *   du = dy silu(g);  dg = dy u s (1 + g (1 - s))
 * f64 inside, one f32 rounding per result; s is rounded to f32 and kept, both ways use it as kept.
 */
import { exp } from '../math/exp.ts';

export function swigluForward(
  y: Float32Array,
  sigmoid: Float32Array,
  gate: Float32Array,
  up: Float32Array,
): void {
  for (let i = 0; i < y.length; i += 1) {
    sigmoid[i] = 1 / (1 + exp(-gate[i]!));
    y[i] = gate[i]! * sigmoid[i]! * up[i]!;
  }
}

/** Overwrites `gate` with dg and `up` with du: the forward values are not needed any more. */
export function swigluBackward(
  dy: Float32Array,
  sigmoid: Float32Array,
  gate: Float32Array,
  up: Float32Array,
): void {
  for (let i = 0; i < dy.length; i += 1) {
    const g = gate[i]!;
    const s = sigmoid[i]!;
    const d = dy[i]!;
    gate[i] = d * up[i]! * s * (1 + g * (1 - s));
    up[i] = d * g * s;
  }
}
