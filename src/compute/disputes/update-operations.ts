/**
 * From gradients to the next state, one tensor an entry, so that none needs more than that:
 *   squares <name>   reads the gradient and, but the first, the sum so far; writes the sum
 *   clip             reads the sum; writes the norm and the scale of gradients
 *   adamw <name>     reads the parameter, its moments, its gradient and the scale; writes the first three
 * Sums, norm and scale are f64. The arithmetic is optim/clip.ts and optim/adamw.ts, as in training.
 */
import type { Kernels } from '../kernels.ts';
import { adamWFactors } from '../optim/adamw.ts';
import { clipScale, sumOfSquares } from '../optim/clip.ts';
import { learningRateAt } from '../optim/schedule.ts';
import { NumericFault } from '../training/numeric-fault.ts';
import type { TrainingSpec } from '../training/spec.ts';
import type { Trainer } from '../training/trainer.ts';
import { storageLike } from './step-operation.ts';
import type { Numbers, Place, StepOperation } from './step-operation.ts';

interface Update {
  readonly operation: string;
  readonly reads: readonly Place[];
  readonly writes: readonly Place[];
  /** From and to the array of each role. */
  readonly compute: (at: (role: string) => Numbers, kernels: Kernels) => void;
  /** After it has run as part of the step. */
  readonly check?: () => void;
}

/** @param stepIndex which step of the window is running */
export function updateOperations(trainer: Trainer, stepIndex: () => number): StepOperation[] {
  const { spec, backend, parameters, gradients } = trainer;
  const sums = [...gradients.keys()].map(() => new Float64Array(1));
  const scale = new Float64Array(1);
  const updates = [
    ...[...gradients].map(([name, { data }], i) => squaresOf(name, data, sums[i - 1], sums[i]!)),
    clip(spec, sums.at(-1)!, scale, stepIndex),
    ...[...parameters.keys()].map((name) => adamW(trainer, name, scale, stepIndex)),
  ];
  return updates.map((update) => bound(update, backend.kernels));
}

const place = (role: string, numbers: Numbers, stateName: string | null = null): Place => ({
  role,
  numbers,
  stateName,
});

function squaresOf(
  name: string,
  gradient: Float32Array,
  before: Float64Array | undefined,
  sum: Float64Array,
): Update {
  return {
    operation: `squares ${name}`,
    reads: [
      place('gradient', gradient),
      ...(before === undefined ? [] : [place('sum so far', before)]),
    ],
    writes: [place('sum', sum)],
    compute: (at) => {
      const start = before === undefined ? 0 : at('sum so far')[0]!;
      at('sum')[0] = sumOfSquares(at('gradient') as Float32Array, start);
    },
  };
}

function clip(
  { optimizer, stepOffset }: TrainingSpec,
  sum: Float64Array,
  scale: Float64Array,
  stepIndex: () => number,
): Update {
  const norm = new Float64Array(1);
  return {
    operation: 'clip',
    reads: [place('sum', sum)],
    writes: [place('norm', norm), place('scale', scale)],
    compute: (at) => {
      const value = Math.sqrt(at('sum')[0]!);
      at('norm')[0] = value;
      at('scale')[0] = clipScale(value, optimizer.clipNorm);
    },
    check: () => {
      if (!Number.isFinite(norm[0]!)) throw new NumericFault('gradient', stepOffset + stepIndex());
    },
  };
}

function adamW(
  { spec, parameters, gradients, moments }: Trainer,
  name: string,
  scale: Float64Array,
  stepIndex: () => number,
): Update {
  const state = [
    place('param', parameters.get(name)!.data, `param/${name}`),
    place('exp_avg', moments.m.get(name)!.data, `exp_avg/${name}`),
    place('exp_avg_sq', moments.v.get(name)!.data, `exp_avg_sq/${name}`),
  ];
  return {
    operation: `adamw ${name}`,
    reads: [...state, place('gradient', gradients.get(name)!.data), place('scale', scale)],
    writes: state,
    compute: (at, kernels) => {
      const floats = (role: string): Float32Array => at(role) as Float32Array;
      const index = stepIndex();
      const factors = adamWFactors(spec.optimizer, {
        t: index + 1,
        learningRate: learningRateAt(spec.optimizer, spec.stepOffset + index),
        gradientScale: at('scale')[0]!,
      });
      const [p, g, m, v] = ['param', 'gradient', 'exp_avg', 'exp_avg_sq'].map(floats);
      kernels.adamW(p!, g!, m!, v!, factors);
    },
  };
}

function bound(
  { operation, reads, writes, compute, check }: Update,
  kernels: Kernels,
): StepOperation {
  const places = new Map([...reads, ...writes].map(({ role, numbers }) => [role, numbers]));
  return {
    operation,
    phase: 'update',
    reads,
    writes,
    run: () => {
      compute((role) => places.get(role)!, kernels);
      check?.();
    },
    alone: (read, backend) => {
      const own = new Map([...places].map(([role, like]) => [role, storageLike(like, backend)]));
      for (const { role } of reads) own.get(role)!.set(read.get(role)!);
      compute((role) => own.get(role)!, backend.kernels);
      return Promise.resolve(new Map(writes.map(({ role }) => [role, own.get(role)!])));
    },
  };
}
