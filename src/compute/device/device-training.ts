/**
 * The inner steps of a contribution on a device: forward, backward, clip and AdamW in one submission.
 * Parameters, gradients and moments are one buffer each for all tensors and stay there. Up go token
 * ids and the eight numbers of the optimizer's step; down come loss, norm and clip scale.
 */
import { recordLanguageModel } from '../model/language-model.ts';
import type { RecordedModel } from '../model/language-model.ts';
import { adamWFactors } from '../optim/adamw.ts';
import { learningRateAt } from '../optim/schedule.ts';
import type { Tensors } from '../tensors/tensor.ts';
import { NumericFault } from '../training/numeric-fault.ts';
import type { TrainingSpec } from '../training/spec.ts';
import type { StepReport } from '../training/trainer.ts';
import type { TrainingRun, TrainingState } from '../training/training-run.ts';
import type { ComputeDevice } from './compute-device.ts';
import { DeviceMemory } from './device-memory.ts';
import { deviceProgram } from './device-program.ts';
import type { HostInputs } from './host-inputs.ts';
import type { Slice } from './kernel.ts';
import {
  ADAMW_NUMBERS,
  REPORT,
  adamW,
  adamWNumbers,
  partialSums,
  reportStep,
  sumsOfSquares,
} from './kernels/update.ts';
import { Recorder, submit } from './recorder.ts';
import type { Compiled } from './recorder.ts';
import { TensorRanges } from './tensor-ranges.ts';

/** Throws BackendUnavailable; then nothing is held. */
export async function openDeviceTraining(
  spec: TrainingSpec,
  initial: Tensors,
  device: ComputeDevice,
): Promise<TrainingRun> {
  const memory = new DeviceMemory(device.gpu);
  try {
    return await device.checked(() => DeviceTraining.open(spec, initial, device, memory));
  } catch (error) {
    memory.free();
    throw error;
  }
}

/** Each over all parameters, one after the other. */
type Arrays = Readonly<Record<'p' | 'm' | 'v' | 'gradients', Slice>>;

interface Parts {
  readonly spec: TrainingSpec;
  readonly ranges: TensorRanges;
  readonly device: ComputeDevice;
  readonly memory: DeviceMemory;
  readonly model: RecordedModel;
  readonly arrays: Arrays;
  readonly host: HostInputs;
  readonly kernels: readonly Compiled[];
  readonly numbers: Slice;
  readonly report: Slice;
}

class DeviceTraining implements TrainingRun {
  readonly #parts: Parts;
  readonly #numbers = new Float32Array(ADAMW_NUMBERS);
  readonly #down = new Float32Array(REPORT.length);

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  static async open(
    spec: TrainingSpec,
    initial: Tensors,
    device: ComputeDevice,
    memory: DeviceMemory,
  ): Promise<DeviceTraining> {
    const ranges = new TensorRanges(initial);
    const array = (): Slice => memory.alloc(ranges.length);
    const arrays = { p: array(), m: array(), v: array(), gradients: array() };
    const weights = ranges.within(arrays.p);
    const gradients = ranges.within(arrays.gradients);
    ranges.send(memory, arrays.p);
    const model = recordLanguageModel({
      config: spec.model,
      batch: spec.batchPages,
      parameters: initial,
      trained: new Set(initial.keys()),
    });
    const program = deviceProgram(model.graph, {
      memory,
      loss: model.loss,
      leaf(value) {
        const name = model.nameOf.get(value)!;
        return { data: weights.get(name)!, gradient: gradients.get(name)! };
      },
    });
    const partial = memory.alloc(partialSums(ranges.length));
    const numbers = memory.alloc(ADAMW_NUMBERS);
    const report = memory.alloc(REPORT.length);
    const loss = program.sliceOf(model.loss);
    const kernels = await new Recorder(device.gpu, memory).compile([
      ...program.kernels,
      sumsOfSquares(arrays.gradients, partial),
      reportStep({ partial, loss }, report, spec.optimizer.clipNorm),
      adamW({ gradients: arrays.gradients, numbers, report }, arrays),
    ]);
    const { host } = program;
    const buffers = { arrays, host, kernels, numbers, report };
    return new DeviceTraining({ spec, ranges, device, memory, model, ...buffers });
  }

  async step(index: number, pages: readonly Uint16Array[]): Promise<StepReport> {
    const { spec, device, memory, model, host, kernels, numbers, report } = this.#parts;
    const step = spec.stepOffset + index;
    const learningRate = learningRateAt(spec.optimizer, step);
    const factors = adamWFactors(spec.optimizer, { t: index + 1, learningRate, gradientScale: 1 });
    const down = await device.checked(() => {
      model.load(pages);
      host.upload();
      this.#numbers.set(adamWNumbers(factors));
      memory.write(numbers, this.#numbers);
      submit(device.gpu, kernels);
      return memory.read(report, this.#down);
    });
    const loss = down[REPORT.loss]!;
    const gradientNorm = down[REPORT.gradientNorm]!;
    if (!Number.isFinite(loss)) throw new NumericFault('loss', step);
    if (!Number.isFinite(gradientNorm)) throw new NumericFault('gradient', step);
    const clipScale = down[REPORT.clipScale]!;
    return { step, loss, gradientNorm, clipScale, learningRate, tokens: model.rows };
  }

  state(): Promise<TrainingState> {
    const { device, memory, ranges, arrays } = this.#parts;
    return device.checked(async () => ({
      parameters: await ranges.fetch(memory, arrays.p),
      moments: { m: await ranges.fetch(memory, arrays.m), v: await ranges.fetch(memory, arrays.v) },
    }));
  }

  close(): void {
    this.#parts.memory.free();
  }
}
