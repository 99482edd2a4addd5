/**
 * What a step did, in norms: sqrt of sums of squares in f64, elements ascending within a tensor, the
 * tensors' sums added in the parameters' order, trained tensors only. Arrays are allocated once;
 * who does not ask for it pays nothing. A step overwrites the last one's numbers.
 */
import type { UpdateKernels } from '../kernels.ts';
import type { ParameterGroups } from './groups.ts';
import type { StepObserver } from './optimizer.ts';
import type { Tensors } from '../tensors/tensor.ts';

export class StepTelemetry implements StepObserver {
  /** By group: of gradients after a loss scale is taken out, before clipping. */
  readonly groupGradientNorms: Float64Array;
  /** By group: of new parameters less old ones. */
  readonly groupUpdateNorms: Float64Array;
  /** By group: of parameters before the step. */
  readonly groupParameterNorms: Float64Array;
  gradientNorm = 0;
  updateNorm = 0;
  parameterNorm = 0;
  /** Norm of the gradients after clipping over before; 1 for none. */
  clipRatio = 1;
  /** No update was made; the norms of gradients then need not be finite. */
  skipped = false;
  readonly #kernels: UpdateKernels;
  readonly #groups: ParameterGroups;
  readonly #old: Float32Array;

  constructor(groups: ParameterGroups, parameters: Tensors, kernels: UpdateKernels) {
    const count = groups.groups.length;
    this.groupGradientNorms = new Float64Array(count);
    this.groupUpdateNorms = new Float64Array(count);
    this.groupParameterNorms = new Float64Array(count);
    this.#kernels = kernels;
    this.#groups = groups;
    let longest = 0;
    for (const { data } of parameters.values()) longest = Math.max(longest, data.length);
    this.#old = new Float32Array(longest);
  }

  /** |update| / |parameters|, of a group or of all; 0 / 0 is 0. */
  updateRatio(group: number | null): number {
    const update = group === null ? this.updateNorm : this.groupUpdateNorms[group]!;
    const parameter = group === null ? this.parameterNorm : this.groupParameterNorms[group]!;
    return update === 0 ? 0 : update / parameter;
  }

  /** Before the step. @param gradientNorm of all, as clipping sees it; @param scale takes the loss scale out */
  begin(parameters: Tensors, gradients: Tensors, gradientNorm: number, scale: number): void {
    const { groups } = this.#groups;
    this.gradientNorm = gradientNorm;
    this.updateNorm = 0;
    this.clipRatio = 1;
    this.skipped = true;
    this.groupUpdateNorms.fill(0);
    normsInto(this.groupGradientNorms, gradients, this.#groups, this.#kernels);
    for (let i = 0; i < groups.length; i += 1) this.groupGradientNorms[i]! *= scale;
    const total = normsInto(this.groupParameterNorms, parameters, this.#groups, this.#kernels);
    this.parameterNorm = total;
  }

  before(p: Float32Array): void {
    this.#old.set(p);
  }

  after(p: Float32Array, group: number): void {
    const old = this.#old;
    let sum = 0;
    for (let i = 0; i < p.length; i += 1) {
      const moved = p[i]! - old[i]!;
      sum += moved * moved;
    }
    this.groupUpdateNorms[group]! += sum;
    this.updateNorm += sum;
  }

  /** After an applied step: until here the update norms hold sums of squares. */
  end(clippedNorm: number): void {
    this.skipped = false;
    this.clipRatio = this.gradientNorm === 0 ? 1 : clippedNorm / this.gradientNorm;
    this.updateNorm = Math.sqrt(this.updateNorm);
    rootInPlace(this.groupUpdateNorms);
  }
}

/** @return the norm over all trained tensors */
function normsInto(
  norms: Float64Array,
  tensors: Tensors,
  { groups, groupOf }: ParameterGroups,
  { sumOfSquares }: UpdateKernels,
): number {
  norms.fill(0);
  let total = 0;
  for (const [name, { data }] of tensors) {
    const index = groupOf.get(name)!;
    if (groups[index]!.frozen) continue;
    const sum = sumOfSquares(data);
    norms[index]! += sum;
    total += sum;
  }
  rootInPlace(norms);
  return Math.sqrt(total);
}

function rootInPlace(sums: Float64Array): void {
  for (let i = 0; i < sums.length; i += 1) sums[i] = Math.sqrt(sums[i]!);
}
