/** ops/residual.ts and ops/swiglu.ts on a device. */
import { assignment, elementwise, literal, reads, writes } from '../kernel.ts';
import type { Kernel, Slice, Target } from '../kernel.ts';

export const fill = (target: Slice, value: number): Kernel =>
  elementwise({ y: writes(target) }, target.length, `y[i] = ${literal(value)};`);

export const add = (a: Slice, b: Slice, y: Slice): Kernel =>
  elementwise({ a: reads(a), b: reads(b), y: writes(y) }, y.length, 'y[i] = a[i] + b[i];');

/** dy as it is. */
export const passOn = (dy: Slice, { data, accumulate }: Target): Kernel =>
  elementwise(
    { dy: reads(dy), dx: writes(data) },
    dy.length,
    `dx[i] ${assignment(accumulate)} dy[i];`,
  );

export const swigluForward = (gate: Slice, up: Slice, y: Slice, sigmoid: Slice): Kernel =>
  elementwise(
    { gate: reads(gate), up: reads(up), y: writes(y), sigmoid: writes(sigmoid) },
    y.length,
    `let s = 1.0 / (1.0 + exp(-gate[i]));
  sigmoid[i] = s;
  y[i] = gate[i] * s * up[i];`,
  );

/** du = dy g s */
export const swigluUpGradient = (
  { gate, sigmoid, dy }: Record<'gate' | 'sigmoid' | 'dy', Slice>,
  { data, accumulate }: Target,
): Kernel =>
  elementwise(
    { gate: reads(gate), sigmoid: reads(sigmoid), dy: reads(dy), du: writes(data) },
    dy.length,
    `du[i] ${assignment(accumulate)} dy[i] * gate[i] * sigmoid[i];`,
  );

/** dg = dy u s (1 + g (1 - s)) */
export const swigluGateGradient = (
  { gate, up, sigmoid, dy }: Record<'gate' | 'up' | 'sigmoid' | 'dy', Slice>,
  { data, accumulate }: Target,
): Kernel =>
  elementwise(
    {
      gate: reads(gate),
      up: reads(up),
      sigmoid: reads(sigmoid),
      dy: reads(dy),
      dg: writes(data),
    },
    dy.length,
    `let s = sigmoid[i];
  dg[i] ${assignment(accumulate)} dy[i] * up[i] * s * (1.0 + gate[i] * (1.0 - s));`,
  );
