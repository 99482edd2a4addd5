/**
 * Outer step of DiLoCo (Douillard et al. 2023, Nesterov form) over n deltas in the order given:
 *
 *   scale_i = min(1, median norm / norm_i)      f64; 1 for a zero delta
 *   D = (sum_i scale_i delta_i) / n             f64, i ascending, never rounded to f32
 *   v <- fround(mu v + D)                       the rounded v is used below
 *   theta <- fround(theta - lr (D + mu v))
 *
 * Norms as in clip.ts, tensors in name order of the file. An even number of deltas has the mean of
 * the two middle norms as median. The result is a pure function of the bytes.
 */
import { checkReal } from '../model/config.ts';
import { conformTo } from '../model/parameters.ts';
import { globalNorm } from '../optim/clip.ts';
import { readSafetensors, writeSafetensors } from '../tensors/safetensors.ts';
import type { Shape, Tensor, Tensors } from '../tensors/tensor.ts';
import { TrainingInputError } from '../training-input-error.ts';
import { NumericFault } from './numeric-fault.ts';

export interface OuterSpec {
  readonly outerLearningRate: number;
  /** mu */
  readonly outerMomentum: number;
}

export interface OuterResult {
  /** safetensors, names and shapes of the input checkpoint. */
  readonly checkpoint: Uint8Array<ArrayBuffer>;
  readonly momentum: Uint8Array<ArrayBuffer>;
  /** Euclidean norm of each delta, in the order given. */
  readonly norms: readonly number[];
  /** What each delta was multiplied by. */
  readonly scales: readonly number[];
}

/** `momentum` null = zero. Throws SafetensorsError, TrainingInputError or NumericFault. */
export function outerStep(
  spec: OuterSpec,
  checkpoint: Uint8Array,
  momentum: Uint8Array | null,
  deltas: readonly Uint8Array[],
): OuterResult {
  checkReal('outerLearningRate', spec.outerLearningRate, 0, 1e3);
  checkReal('outerMomentum', spec.outerMomentum, 0, 0.999999);
  if (deltas.length === 0) throw new TrainingInputError('deltas_empty', 'no delta to aggregate');
  const theta = readSafetensors(checkpoint).tensors;
  const shapes = new Map([...theta].map(([name, { shape }]) => [name, shape] as [string, Shape]));
  const conforming = (file: Uint8Array, what: string): Tensors =>
    conformTo(shapes, readSafetensors(file).tensors, what);
  conformTo(shapes, theta, 'checkpoint');
  const velocity = momentum === null ? zeros(theta) : conforming(momentum, 'momentum');
  const changes = deltas.map((file, index) => conforming(file, `delta ${index}`));
  const norms = changes.map((change) => globalNorm(change));
  const scales = scalesOf(norms);
  for (const [name, { data }] of theta) {
    const parts = changes.map((change) => change.get(name)!.data);
    apply(spec, data, velocity.get(name)!.data, parts, scales);
  }
  return {
    checkpoint: writeSafetensors(theta),
    momentum: writeSafetensors(velocity),
    norms,
    scales,
  };
}

function scalesOf(norms: readonly number[]): number[] {
  const sorted = [...norms].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)]!;
  const median = sorted.length % 2 === 1 ? upper : (sorted[sorted.length / 2 - 1]! + upper) / 2;
  return norms.map((norm) => (norm > median ? median / norm : 1));
}

/** Updates theta and v in place. */
function apply(
  { outerLearningRate, outerMomentum }: OuterSpec,
  theta: Float32Array,
  v: Float32Array,
  parts: readonly Float32Array[],
  scales: readonly number[],
): void {
  for (let i = 0; i < theta.length; i += 1) {
    let sum = 0;
    for (let j = 0; j < parts.length; j += 1) sum += scales[j]! * parts[j]![i]!;
    const mean = sum / parts.length;
    v[i] = outerMomentum * v[i]! + mean;
    theta[i] = theta[i]! - outerLearningRate * (mean + outerMomentum * v[i]!);
    if (!Number.isFinite(theta[i]!) || !Number.isFinite(v[i]!)) {
      throw new NumericFault('aggregate', -1);
    }
  }
}

function zeros(tensors: Tensors): Tensors {
  return new Map<string, Tensor>(
    [...tensors].map(([name, { shape, data }]) => [
      name,
      { shape, data: new Float32Array(data.length) },
    ]),
  );
}
