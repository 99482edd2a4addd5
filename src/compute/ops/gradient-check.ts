/**
 * Test support: what a graph says of its gradients against central differences of what it computes.
 *   numeric[i] = (L(x + h e_i) - L(x - h e_i)) / 2h,  L = sum_i weight_i y_i with fixed weights
 * Inputs and L are f32, so h is large (2^-7, exact) and the tolerance follows their rounding over h.
 */
import { Graph } from '../autodiff/graph.ts';
import type { Value } from '../autodiff/value.ts';
import { Program } from '../autodiff/program.ts';
import type { Leaf } from '../autodiff/program.ts';
import { openReferenceBackend } from '../backends/reference.ts';
import { chachaStream } from '../random/chacha20.ts';
import { elementCount } from '../tensors/tensor.ts';
import type { Shape } from '../tensors/tensor.ts';
import { multiply } from './product.ts';
import { sum } from './sum.ts';

const H = 1 / 128;
const TOLERANCE = 2e-4;
/** Half a unit in the last place of 1, and a few roundings on the way. */
const ROUNDING = 4 * 2 ** -24;

/** Reproducible values in (-1, 1). */
export function sample(length: number, stream: number): Float32Array {
  const draws = chachaStream(new Uint8Array(32).fill(3), stream);
  return Float32Array.from({ length }, () => 2 * draws.uniform() - 1);
}

export interface Recorded {
  readonly program: Program;
  readonly parameters: readonly Required<Leaf>[];
  /** What `record` answered, after a run. */
  readonly result: Value;
  readonly loss: Value;
}

/** Parameters of these shapes with sampled values, and the loss over whatever `record` makes of them. */
export function recorded(
  shapes: readonly Shape[],
  record: (graph: Graph, parameters: readonly Value[]) => Value,
): Recorded {
  const graph = new Graph();
  const leaves = new Map<Value, Leaf>();
  const values = shapes.map((shape, index) => {
    const value = graph.parameter(shape);
    const data = sample(elementCount(shape), index);
    leaves.set(value, { data, gradient: new Float32Array(data.length) });
    return value;
  });
  const result = record(graph, values);
  const weights = graph.constant(result.shape);
  leaves.set(weights, { data: sample(elementCount(result.shape), 99) });
  const loss = sum(graph, multiply(graph, result, weights));
  const program = new Program(graph, {
    backend: openReferenceBackend(),
    loss,
    results: [result],
    leaf: (value) => leaves.get(value)!,
  });
  const parameters = values.map((value) => leaves.get(value) as Required<Leaf>);
  return { program, parameters, result, loss };
}

/** Where a parameter's gradient is not the derivative: `parameter:index: analytic but numeric`. */
export async function wrongGradients({ program, parameters, loss }: Recorded): Promise<string[]> {
  const run = async (): Promise<number> => {
    await program.forward();
    return program.read(loss)[0]!;
  };
  await run();
  await program.backward();
  const analytic = parameters.map(({ gradient }) => gradient.slice());
  const wrong: string[] = [];
  for (const [which, { data }] of parameters.entries()) {
    for (let i = 0; i < data.length; i += 1) {
      const value = data[i]!;
      data[i] = value + H;
      const [above, xAbove] = [await run(), data[i]!];
      data[i] = value - H;
      const [below, xBelow] = [await run(), data[i]!];
      data[i] = value;
      const numeric = (above - below) / (xAbove - xBelow);
      const said = analytic[which]![i]!;
      const bound = TOLERANCE * (1 + Math.abs(numeric)) + (ROUNDING * Math.abs(above)) / H;
      if (!(Math.abs(numeric - said) <= bound)) wrong.push(`${which}:${i}: ${said} but ${numeric}`);
    }
  }
  return wrong;
}
