/**
 * SwiGLU gate (Shazeer 2020), elementwise.
 *   y = silu(g) u,  silu(g) = g s,  s = 1 / (1 + exp(-g))                  all (N, F)
 *   du = dy silu(g);  dg = dy u s (1 + g (1 - s))
 * f64 inside, one f32 rounding per result; s is rounded to f32 and kept, both ways use it as kept.
 */
import type { Graph } from '../autodiff/graph.ts';
import type { Value } from '../autodiff/value.ts';
import type { Gradient } from '../autodiff/gradient.ts';
import { invariant } from '../invariant.ts';
import { exp } from '../math/exp.ts';
import { elementCount, sameShape } from '../tensors/tensor.ts';

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

/** A gradient may lie where its own input lies: each element is read before it is written. */
export function swigluBackward(
  dGate: Float32Array,
  dUp: Float32Array,
  dy: Float32Array,
  sigmoid: Float32Array,
  gate: Float32Array,
  up: Float32Array,
): void {
  for (let i = 0; i < dy.length; i += 1) {
    const g = gate[i]!;
    const s = sigmoid[i]!;
    const d = dy[i]!;
    const toGate = d * up[i]! * s * (1 + g * (1 - s));
    dUp[i] = d * g * s;
    dGate[i] = toGate;
  }
}

/** The same where a gradient is not wanted or is added to what is there. */
function swigluBackwardOnto(
  dGate: Gradient | null,
  dUp: Gradient | null,
  dy: Float32Array,
  sigmoid: Float32Array,
  gate: Float32Array,
  up: Float32Array,
): void {
  for (let i = 0; i < dy.length; i += 1) {
    const g = gate[i]!;
    const s = sigmoid[i]!;
    const d = dy[i]!;
    const toGate = d * up[i]! * s * (1 + g * (1 - s));
    const toUp = d * g * s;
    if (dGate) dGate.data[i] = dGate.accumulate ? dGate.data[i]! + toGate : toGate;
    if (dUp) dUp.data[i] = dUp.accumulate ? dUp.data[i]! + toUp : toUp;
  }
}

/** gate, up: the same shape, which is the result's. */
export function swiglu(graph: Graph, gate: Value, up: Value): Value {
  invariant(sameShape(gate.shape, up.shape), 'a gate for each element');
  return graph.apply({
    name: 'swiglu',
    inputs: [gate, up],
    shape: gate.shape,
    formula: { of: 'swiglu' },
    rereads: [0, 1],
    kept: [{ type: 'f32', length: elementCount(gate.shape) }],
    reuses: [0, 1].map((index) => ({
      place: { of: 'gradient', index },
      over: { of: 'input', index },
    })),
    bind: ({ backend: { kernels }, inputs: [g, u], result, gradients, resultGradient, kept }) => ({
      forward: () => kernels.swigluForward(result, kept[0] as Float32Array, g!, u!),
      backward() {
        const [dGate = null, dUp = null] = gradients;
        const s = kept[0] as Float32Array;
        const areNew = dGate?.accumulate === false && dUp?.accumulate === false;
        if (areNew) kernels.swigluBackward(dGate.data, dUp.data, resultGradient, s, g!, u!);
        else swigluBackwardOnto(dGate, dUp, resultGradient, s, g!, u!);
      },
    }),
  });
}
