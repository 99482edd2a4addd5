/**
 * What all optimizers share: kinds of state, one f32 tensor a kind and trained parameter, and an
 * update of one tensor in place. Arithmetic is f64 inside; state is rounded to f32 when stored and
 * used as stored, parameters are rounded once. A step allocates a few
 * small objects a tensor, nothing that grows with its length.
 *
 * State is named `<kind>/<parameter>`, kinds as in torch's state dict, which are the names that state
 * roots use. LARS and LAMB take norms of whole tensors: their tensors cannot be cut into shards.
 */
import { invariant } from '../invariant.ts';
import { elementCount, sameShape } from '../tensors/tensor.ts';
import type { Tensor, Tensors } from '../tensors/tensor.ts';
import { TrainingInputError } from '../training-input-error.ts';
import type { ParameterGroups } from './groups.ts';

export interface StateKind {
  readonly name: string;
  /** Sums of squares: a negative one is no state of any run. */
  readonly nonNegative: boolean;
}

/** The numbers of one step of one tensor. */
export interface TensorStep {
  /** Steps applied, this one included: from 1. Skipped steps do not count. */
  readonly t: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  /** What gradients are multiplied by: clipping, and the inverse of a loss scale. */
  readonly gradientScale: number;
}

export interface Optimizer {
  readonly kinds: readonly StateKind[];
  /** Of groups that do not override it. */
  readonly weightDecay: number;
  /** One tensor in place. @param state one array a kind, in order */
  update(p: Float32Array, g: Float32Array, state: readonly Float32Array[], step: TensorStep): void;
}

export interface OptimizerState {
  /** Steps applied so far. */
  t: number;
  /** `<kind>/<parameter>`, kinds in order, parameters in the model's order; none of frozen ones. */
  readonly tensors: Tensors;
  /** The same arrays by parameter, kinds in order. */
  readonly of: ReadonlyMap<string, readonly Float32Array[]>;
}

/** Sees each trained tensor before and after its update. */
export interface StepObserver {
  before(p: Float32Array): void;
  after(p: Float32Array, group: number): void;
}

export interface OptimizerStep {
  readonly learningRate: number;
  readonly gradientScale: number;
  readonly groups: ParameterGroups;
  readonly observer: StepObserver | null;
}

/** Zeroed state for the parameters that are trained. @param alloc a backend's, for its kernels */
export function zeroState(
  optimizer: Optimizer,
  parameters: Tensors,
  { groups, groupOf }: ParameterGroups,
  alloc: (length: number) => Float32Array = (length) => new Float32Array(length),
): OptimizerState {
  const tensors = new Map<string, Tensor>();
  for (const { name: kind } of optimizer.kinds) {
    for (const [name, { shape, data }] of parameters) {
      if (groups[groupOf.get(name)!]!.frozen) continue;
      tensors.set(`${kind}/${name}`, { shape, data: alloc(data.length) });
    }
  }
  const of = [...parameters.keys()].map((name): [string, Float32Array[]] => [
    name,
    optimizer.kinds.flatMap(({ name: kind }) => tensors.get(`${kind}/${name}`)?.data ?? []),
  ]);
  return { t: 0, tensors, of: new Map(of) };
}

/**
 * Fills zeroed state from a checkpoint's tensors. Throws TrainingInputError - tensor_missing,
 * tensor_unexpected, shape_mismatch, value_not_finite, value_out_of_range, spec_invalid for `t` - and
 * then changed nothing.
 */
export function restoreState(
  optimizer: Optimizer,
  state: OptimizerState,
  t: number,
  stored: Tensors,
): void {
  if (!Number.isSafeInteger(t) || t < 0) {
    throw new TrainingInputError('spec_invalid', `${t} is no number of steps`);
  }
  for (const name of stored.keys()) {
    if (state.tensors.has(name)) continue;
    throw new TrainingInputError('tensor_unexpected', `state has ${JSON.stringify(name)}`);
  }
  const nonNegative = new Set(optimizer.kinds.filter((k) => k.nonNegative).map((k) => k.name));
  for (const [name, { shape }] of state.tensors) {
    checkStored(name, shape, stored.get(name), nonNegative.has(name.slice(0, name.indexOf('/'))));
  }
  for (const [name, { data }] of state.tensors) data.set(stored.get(name)!.data);
  state.t = t;
}

function checkStored(
  name: string,
  shape: Tensor['shape'],
  tensor: Tensor | undefined,
  nonNegative: boolean,
): void {
  const what = `state ${JSON.stringify(name)}`;
  if (tensor === undefined) throw new TrainingInputError('tensor_missing', `${what} is missing`);
  if (!sameShape(tensor.shape, shape) || tensor.data.length !== elementCount(shape)) {
    throw new TrainingInputError('shape_mismatch', `${what} has another shape`);
  }
  if (!tensor.data.every((x) => Number.isFinite(x))) {
    throw new TrainingInputError('value_not_finite', `${what} holds NaN or infinity`);
  }
  if (nonNegative && tensor.data.some((x) => x < 0)) {
    throw new TrainingInputError('value_out_of_range', `${what} holds a negative sum of squares`);
  }
}

/** One step of every trained tensor, in place, in the parameters' order. */
export function optimizerStep(
  optimizer: Optimizer,
  parameters: Tensors,
  gradients: Tensors,
  state: OptimizerState,
  { learningRate, gradientScale, groups: { groups, groupOf }, observer }: OptimizerStep,
): void {
  state.t += 1;
  const step = { t: state.t, learningRate: 0, weightDecay: 0, gradientScale };
  for (const [name, { data }] of parameters) {
    const index = groupOf.get(name)!;
    const group = groups[index]!;
    if (group.frozen) continue;
    const gradient = gradients.get(name);
    invariant(gradient?.data.length === data.length, 'a gradient for every trained parameter');
    step.learningRate = learningRate * group.learningRateScale;
    step.weightDecay = group.weightDecay ?? optimizer.weightDecay;
    observer?.before(data);
    optimizer.update(data, gradient.data, state.of.get(name)!, step);
    observer?.after(data, index);
  }
}
