/**
 * A linear map whose weight stays as it is, with a trained correction of low rank beside it (Hu et
 * al. 2021, equation 3):
 *   y = x W^T + u B^T,  u = s (x A^T)      x (N, I), W (O, I), A (r, I), B (O, r), u (N, r), y (N, O)
 *   dB = dy^T u,  du = s (dy B),  dA = du^T x,  dx = dy W + du A
 * s is alpha / r. Scaling rounds once an element, after the product. Order of sums: the backend's (k
 * ascending, partial sums in f32), the correction added onto the base's result.
 */
import type { Gradient } from '../autodiff/gradient.ts';
import type { Graph } from '../autodiff/graph.ts';
import type { Passes, Places } from '../autodiff/op.ts';
import type { Value } from '../autodiff/value.ts';
import type { Gemm } from '../backend.ts';
import { invariant } from '../invariant.ts';
import { elementCount } from '../tensors/tensor.ts';
import { linearForward, linearInputGradient, linearWeightGradient, multiply } from './linear.ts';
import type { LinearShape } from './linear.ts';

export interface Correction {
  readonly a: Value; // (r, I)
  readonly b: Value; // (O, r)
  /** s */
  readonly scale: number;
}

/** The three maps of one adapted map: x to y, x to u, u to y. */
interface Shapes {
  readonly base: LinearShape;
  readonly down: LinearShape;
  readonly up: LinearShape;
}

/** x (..., I) -> (N, O), N the product of the leading dimensions of x. `weight` is a constant. */
export function loraLinear(graph: Graph, x: Value, weight: Value, correction: Correction): Value {
  const { a, b, scale } = correction;
  const [outputs, inputs] = weight.shape as [number, number];
  const rank = a.shape[0]!;
  invariant(weight.shape.length === 2 && x.shape.at(-1) === inputs, 'a width of x that W takes');
  invariant(
    a.shape[1] === inputs && b.shape[0] === outputs && b.shape[1] === rank,
    'A and B fit W',
  );
  invariant(!weight.differentiable, 'the weight under an adapter is not trained');
  const rows = elementCount(x.shape) / inputs;
  const shapes = {
    base: { rows, inputs, outputs },
    down: { rows, inputs, outputs: rank },
    up: { rows, inputs: rank, outputs },
  };
  const low = { type: 'f32', length: rows * rank } as const;
  return graph.apply({
    name: 'lora',
    inputs: [x, weight, a, b],
    shape: [rows, outputs],
    rereads: [
      ...(a.differentiable ? [0] : []),
      ...(x.differentiable ? [1, 2] : []),
      ...(a.differentiable || x.differentiable ? [3] : []),
    ],
    kept: [low],
    scratch: [low],
    bind: (places) => bindLora(shapes, scale, places),
  });
}

function bindLora({ base, down, up }: Shapes, scale: number, places: Places): Passes {
  const { backend, result: y, resultGradient: dy } = places;
  const [x, weight, a, b] = places.inputs as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const [u] = places.kept as [Float32Array];
  const [du] = places.scratch as [Float32Array | undefined];
  const [dx, , da, db] = places.gradients;
  const forward = [
    linearForward(base, x, weight, y),
    linearForward(down, x, a, u),
    { ...linearForward(up, u, b, y), accumulate: true },
  ] as const;
  const ofB = db && both(linearWeightGradient(up, dy, u, db.data, false));
  const ofU = du && linearInputGradient(up, dy, b, du, false);
  const ofA = du && da && both(linearWeightGradient(down, du, x, da.data, false));
  const ofX = dx && both(linearInputGradient(base, dy, weight, dx.data, false));
  const ofXThroughU = du && dx && linearInputGradient(down, du, a, dx.data, true);
  return {
    async forward() {
      await multiply(backend, forward[0]);
      await multiply(backend, forward[1]);
      scaleInPlace(u, scale);
      await multiply(backend, forward[2]);
    },
    async backward() {
      if (ofB) await multiply(backend, chosen(ofB, db));
      if (!ofU || (!ofA && !ofX)) return;
      await multiply(backend, ofU);
      scaleInPlace(du, scale);
      if (ofA) await multiply(backend, chosen(ofA, da));
      if (ofX) await multiply(backend, chosen(ofX, dx));
      if (ofXThroughU) await multiply(backend, ofXThroughU);
    },
  };
}

/** A product that overwrites and the same one adding, described ahead so that a step allocates nothing. */
interface Both {
  readonly fresh: Gemm;
  readonly onto: Gemm;
}

const both = (fresh: Gemm): Both => ({ fresh, onto: { ...fresh, accumulate: true } });

const chosen = ({ fresh, onto }: Both, { accumulate }: Gradient): Gemm =>
  accumulate ? onto : fresh;

function scaleInPlace(data: Float32Array, scale: number): void {
  for (let i = 0; i < data.length; i += 1) data[i]! *= scale;
}
