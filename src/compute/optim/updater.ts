/**
 * From gradients to new parameters, in this order:
 *   1. gradients are rounded to their format, in place
 *   2. their norm over the trained tensors; not finite: the step is skipped, neither parameters nor
 *      optimizer state change, and the loss scale backs off
 *   3. clipping; a loss scale is taken out on the way, so that limits mean true gradients
 *   4. the optimizer's step of every trained tensor
 *   5. the rounded copy of the weights, if there is one
 * Parameters are the f32 master weights. All that grows with tensors is allocated in
 * the constructor.
 */
import type { Backend } from '../backend.ts';
import type { UpdateKernels } from '../kernels.ts';
import { roundTensors, storeWeights } from '../precision/policy.ts';
import { initialLossScale, nextLossScale, parseLossScale } from '../precision/loss-scaling.ts';
import type { LossScale } from '../precision/loss-scaling.ts';
import { sameShape } from '../tensors/tensor.ts';
import type { Tensors } from '../tensors/tensor.ts';
import { TrainingInputError } from '../training-input-error.ts';
import { clipValues } from './clip-settings.ts';
import type { ClipReport } from './clip-settings.ts';
import { clipScale, globalNorm } from './clip.ts';
import { groupParameters } from './groups.ts';
import type { ParameterGroups } from './groups.ts';
import { optimizerStep, restoreState, zeroState } from './optimizer.ts';
import type { Optimizer, OptimizerState } from './optimizer.ts';
import { openOptimizer } from './optimizer-settings.ts';
import { plainUpdates } from './plain-updates.ts';
import { rateAt } from './schedules/schedule-settings.ts';
import { StepTelemetry } from './telemetry.ts';
import type { UpdateSettings } from './update-settings.ts';

export type UpdateOutcome =
  | {
      readonly kind: 'applied';
      readonly learningRate: number;
      /** Of true gradients, before clipping. */
      readonly gradientNorm: number;
      readonly clip: ClipReport;
    }
  | {
      readonly kind: 'skipped';
      readonly reason: 'gradient_not_finite';
      /** The first tensor that holds NaN or infinity. */
      readonly tensor: string;
    };

export interface UpdaterOptions {
  /** Keeps the optimizer's state and makes its steps, to the bits of the plain loops. */
  readonly backend?: Pick<Backend, 'alloc' | 'kernels'>;
  readonly telemetry?: boolean;
  /** The copy of the weights that the passes read, kept in the policy's format. */
  readonly weights?: Tensors;
}

export class Updater {
  readonly groups: ParameterGroups;
  readonly state: OptimizerState;
  /** null unless asked for. */
  readonly telemetry: StepTelemetry | null;
  readonly #settings: UpdateSettings;
  readonly #kernels: UpdateKernels;
  readonly #optimizer: Optimizer;
  readonly #parameters: Tensors;
  readonly #gradients: Tensors;
  readonly #trained: Tensors;
  readonly #weights: Tensors | null;
  #lossScale: LossScale | null;

  /**
   * Throws TrainingInputError: spec_invalid where a group gets no parameter, and tensor_missing,
   * tensor_unexpected or shape_mismatch where gradients or weights are not as the parameters.
   */
  constructor(
    settings: UpdateSettings,
    parameters: Tensors,
    gradients: Tensors,
    { backend, telemetry = false, weights }: UpdaterOptions = {},
  ) {
    checkAlike(parameters, gradients, 'gradients');
    if (weights !== undefined) checkAlike(parameters, weights, 'weights');
    this.#settings = settings;
    const kernels = backend?.kernels ?? plainUpdates;
    this.#kernels = kernels;
    this.#optimizer = openOptimizer(settings.optimizer, kernels);
    this.#parameters = parameters;
    this.#gradients = gradients;
    this.groups = groupParameters(settings.groups, parameters.keys());
    const { groups, groupOf } = this.groups;
    const trained = [...parameters.keys()].filter((name) => !groups[groupOf.get(name)!]!.frozen);
    this.#trained = new Map(trained.map((name) => [name, gradients.get(name)!]));
    this.state = zeroState(this.#optimizer, parameters, this.groups, backend?.alloc);
    this.telemetry = telemetry ? new StepTelemetry(this.groups, parameters, kernels) : null;
    this.#weights = weights ?? null;
    const { lossScaling, precision } = settings;
    this.#lossScale = lossScaling === null ? null : initialLossScale(lossScaling);
    if (weights !== undefined) storeWeights(precision.weights, parameters, weights);
  }

  /** What the loss of the next step is to be multiplied by, and its state; null without scaling. */
  get lossScale(): LossScale | null {
    return this.#lossScale;
  }

  /** Continues from a checkpoint. Throws TrainingInputError as restoreState; then nothing changed. */
  restore(t: number, stored: Tensors, lossScale: unknown): void {
    const { lossScaling } = this.#settings;
    if ((lossScaling === null) !== (lossScale === null)) {
      throw new TrainingInputError('spec_invalid', 'loss scale: one is there if losses are scaled');
    }
    const scale = lossScaling === null ? null : parseLossScale(lossScaling, lossScale);
    restoreState(this.#optimizer, this.state, t, stored);
    this.#lossScale = scale;
  }

  /** @param scheduleStep global inner step from 0: of the schedule, and counts skipped steps too */
  step(scheduleStep: number): UpdateOutcome {
    const { precision, lossScaling, schedule } = this.#settings;
    roundTensors(precision.gradients, this.#trained);
    const unscale = this.#lossScale === null ? 1 : 1 / this.#lossScale.scale;
    const gradientNorm = globalNorm(this.#trained, this.#kernels.sumOfSquares) * unscale;
    this.telemetry?.begin(this.#parameters, this.#gradients, gradientNorm, unscale);
    const finite = Number.isFinite(gradientNorm);
    const clip = finite ? this.#clip(gradientNorm, unscale) : null;
    if (lossScaling !== null) {
      this.#lossScale = nextLossScale(lossScaling, this.#lossScale!, finite);
    }
    if (clip === null) {
      return { kind: 'skipped', reason: 'gradient_not_finite', tensor: this.#notFinite() };
    }
    const learningRate = rateAt(schedule, scheduleStep);
    const gradientScale = clip.scale * unscale;
    optimizerStep(this.#optimizer, this.#parameters, this.#gradients, this.state, {
      learningRate,
      gradientScale,
      groups: this.groups,
      observer: this.telemetry,
    });
    this.telemetry?.end(
      clip.clippedElements === 0
        ? gradientNorm * clip.scale
        : globalNorm(this.#trained, this.#kernels.sumOfSquares) * gradientScale,
    );
    if (this.#weights !== null) storeWeights(precision.weights, this.#parameters, this.#weights);
    return { kind: 'applied', learningRate, gradientNorm, clip };
  }

  #clip(norm: number, unscale: number): ClipReport {
    const { clip } = this.#settings;
    if (clip.name === 'norm') return { scale: clipScale(norm, clip.limit), clippedElements: 0 };
    let clippedElements = 0;
    if (clip.name === 'value') {
      for (const { data } of this.#trained.values()) {
        clippedElements += clipValues(data, clip.limit / unscale);
      }
    }
    return { scale: 1, clippedElements };
  }

  #notFinite(): string {
    for (const [name, { data }] of this.#trained) {
      for (let i = 0; i < data.length; i += 1) if (!Number.isFinite(data[i]!)) return name;
    }
    throw new Error('invariant: the norm is finite iff every gradient is');
  }
}

function checkAlike(parameters: Tensors, others: Tensors, what: string): void {
  for (const [name, { shape }] of parameters) {
    const other = others.get(name);
    const text = `${what} ${JSON.stringify(name)}`;
    if (other === undefined) throw new TrainingInputError('tensor_missing', `${text} are missing`);
    if (!sameShape(shape, other.shape)) {
      throw new TrainingInputError('shape_mismatch', `${text} have another shape`);
    }
  }
  for (const name of others.keys()) {
    if (parameters.has(name)) continue;
    throw new TrainingInputError('tensor_unexpected', `${what} hold ${JSON.stringify(name)}`);
  }
}
