/**
 * Kernels compiled for a device, with their storage bound. Equal text is compiled once. Running them
 * records them into a compute pass, where each sees what those before it wrote.
 */
import type { DeviceMemory } from './device-memory.ts';
import type { Kernel } from './kernel.ts';

export interface Compiled {
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  readonly groups: readonly [number, number, number];
}

/** By text, for as long as the device lives: the next contribution runs the same kernels. */
const pipelinesOf = new WeakMap<GPUDevice, Map<string, Promise<GPUComputePipeline>>>();

export class Recorder {
  readonly #gpu: GPUDevice;
  readonly #memory: DeviceMemory;

  constructor(gpu: GPUDevice, memory: DeviceMemory) {
    this.#gpu = gpu;
    this.#memory = memory;
  }

  /** Kernels over nothing are left out. */
  async compile(kernels: readonly Kernel[]): Promise<readonly Compiled[]> {
    const busy = kernels.filter(({ groups }) => groups.every((count) => count > 0));
    return Promise.all(
      busy.map(async ({ code, slices, sizes, groups }) => {
        const pipeline = await this.#pipelineOf(code);
        const resources: GPUBufferBinding[] = slices.map(({ buffer, offset, length }) => ({
          buffer,
          offset,
          size: Math.max(length, 1) * 4,
        }));
        if (sizes !== undefined) resources.push({ buffer: this.#memory.uniform(sizes) });
        const entries = resources.map((resource, binding) => ({ binding, resource }));
        const layout = pipeline.getBindGroupLayout(0);
        return { pipeline, bindGroup: this.#gpu.createBindGroup({ layout, entries }), groups };
      }),
    );
  }

  #pipelineOf(code: string): Promise<GPUComputePipeline> {
    const known = pipelinesOf.get(this.#gpu) ?? new Map<string, Promise<GPUComputePipeline>>();
    pipelinesOf.set(this.#gpu, known);
    const made = known.get(code) ?? this.#build(code);
    known.set(code, made);
    return made;
  }

  #build(code: string): Promise<GPUComputePipeline> {
    const module = this.#gpu.createShaderModule({ code });
    const compute = { module, entryPoint: 'main' };
    return this.#gpu.createComputePipelineAsync({ layout: 'auto', compute });
  }
}

/** Runs all in order; returns before the device has. */
export function submit(gpu: GPUDevice, kernels: readonly Compiled[]): void {
  const encoder = gpu.createCommandEncoder();
  const pass = encoder.beginComputePass();
  for (const { pipeline, bindGroup, groups } of kernels) {
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup);
    pass.dispatchWorkgroups(...groups);
  }
  pass.end();
  gpu.queue.submit([encoder.finish()]);
}
