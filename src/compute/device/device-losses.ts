/** The losses of pages under fixed parameters, on a device: token ids go up, losses come down. */
import { recordLanguageModel } from '../model/language-model.ts';
import type { ModelConfig } from '../model/config.ts';
import type { Tensors } from '../tensors/tensor.ts';
import type { RowLosses } from '../training/row-losses.ts';
import type { ComputeDevice } from './compute-device.ts';
import { DeviceMemory } from './device-memory.ts';
import { deviceProgram } from './device-program.ts';
import { Recorder, submit } from './recorder.ts';
import { TensorRanges } from './tensor-ranges.ts';

/** Throws BackendUnavailable; then nothing is held. */
export async function openDeviceLosses(
  config: ModelConfig,
  parameters: Tensors,
  batch: number,
  device: ComputeDevice,
): Promise<RowLosses> {
  const { gpu } = device;
  const memory = new DeviceMemory(gpu);
  try {
    return await device.checked(async () => {
      const ranges = new TensorRanges(parameters);
      const all = memory.alloc(ranges.length);
      ranges.send(memory, all);
      const weights = ranges.within(all);
      const model = recordLanguageModel({ config, batch, parameters, trained: new Set() });
      const program = deviceProgram(model.graph, {
        memory,
        results: [model.loss],
        leaf: (value) => ({ data: weights.get(model.nameOf.get(value)!)! }),
      });
      const losses = program.rowLosses(model.targets);
      const kernels = await new Recorder(gpu, memory).compile(program.kernels);
      const down = new Float32Array(model.rows);
      return {
        of: (pages) =>
          device.checked(() => {
            model.load(pages);
            program.host.upload();
            submit(gpu, kernels);
            return memory.read(losses, down);
          }),
        close: () => memory.free(),
      };
    });
  } catch (error) {
    memory.free();
    throw error;
  }
}
