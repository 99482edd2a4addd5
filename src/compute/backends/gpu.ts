/**
 * The tolerant backend on a GPU over WebGPU. Contributions and held-out losses run on its `device`
 * as a whole (device/); what is here are products of host arrays, as gpu.js kernels, one invocation
 * an element of C, for whatever else calls them.
 * The driver may fuse multiply and add or reorder, so its bits are not the reference's.
 *
 * The packages are heavy and live apart in extras/gpu, loaded from there when present. gpu.js finds
 * its device through the global `navigator.gpu` and keeps one for the whole process; it is given
 * back when the last backend closes. Every product uploads its operands and reads C back.
 */
import type { Backend, BatchedGemm, Gemm } from '../backend.ts';
import { assertGemm } from './gemm-shape.ts';
import { plainKernels } from './plain-kernels.ts';
import { acquireGpu } from './gpu-device.ts';
import type { GpuDevice, GpuInput, GpuKernel } from './gpu-device.ts';

/** gpu.js cuts a loop of unknown length at `loopMaxIterations`, silently. */
const LOOP_MAX = 2 ** 31 - 1;

/**
 * Throws BackendUnavailable: 'backend_package_missing', 'backend_package_unusable',
 * 'backend_device_missing'; a product may throw 'backend_device_lost', 'backend_memory_exhausted'.
 */
export async function openGpuBackend(): Promise<Backend> {
  const device = await acquireGpu();
  const kernels = new Map<string, GpuKernel>();
  // Kernels keep their output shape between calls, so products run one after the other.
  let last: Promise<void> = Promise.resolve();
  const run = (op: Gemm, batch: number): Promise<void> => {
    assertGemm(op, batch);
    const next = last.then(() => multiply(device, kernels, op, batch));
    last = next.catch(() => {});
    return next;
  };
  return {
    name: 'gpu',
    computeClass: 'tolerant',
    threads: 1,
    description: `gpu.js on WebGPU, ${device.description}`,
    alloc: (length) => new Float32Array(length),
    reset: () => {},
    kernels: plainKernels,
    device,
    gemm: (op: Gemm) => run(op, 1),
    gemmBatched: (op: BatchedGemm) => run(op, op.batch),
    async close() {
      await last;
      for (const kernel of kernels.values()) kernel.destroy();
      kernels.clear();
      await device.release();
    },
  };
}

async function multiply(
  device: GpuDevice,
  kernels: Map<string, GpuKernel>,
  op: Gemm,
  batch: number,
): Promise<void> {
  const { transA, transB, m, n, k, accumulate, c } = op;
  if (m === 0 || n === 0 || batch === 0) return;
  if (k === 0) {
    if (!accumulate) c.fill(0, 0, batch * m * n);
    return;
  }
  const matrix = (floats: Float32Array, rows: number, columns: number): GpuInput =>
    device.input(floats.subarray(0, batch * rows * columns), [columns, rows, batch]);
  const a = transA ? matrix(op.a, k, m) : matrix(op.a, m, k);
  const b = transB ? matrix(op.b, n, k) : matrix(op.b, k, n);
  const kernel = kernelFor(device, kernels, op);
  kernel.setOutput([n, m, batch]);
  const items = await device.checked(() =>
    accumulate ? kernel(a, b, matrix(c, m, n), k) : kernel(a, b, k),
  );
  items.forEach((rows, item) => {
    rows.forEach((row, i) => c.set(row, (item * m + i) * n));
  });
}

function kernelFor(device: GpuDevice, kernels: Map<string, GpuKernel>, op: Gemm): GpuKernel {
  const source = kernelSource(op);
  const known = kernels.get(source);
  if (known !== undefined) return known;
  const matrices = op.accumulate ? ['Input', 'Input', 'Input'] : ['Input', 'Input'];
  const kernel = device.createKernel(source, {
    argumentTypes: [...matrices, 'Integer'],
    dynamicArguments: true,
    dynamicOutput: true,
    output: [1, 1, 1],
    loopMaxIterations: LOOP_MAX,
  });
  kernels.set(source, kernel);
  return kernel;
}

/** Text, not a function: gpu.js translates what it reads, and a bundler may rewrite functions. */
function kernelSource({ transA, transB, accumulate }: Gemm): string {
  const a = transA ? 'a[this.thread.z][p][this.thread.y]' : 'a[this.thread.z][this.thread.y][p]';
  const b = transB ? 'b[this.thread.z][this.thread.x][p]' : 'b[this.thread.z][p][this.thread.x]';
  const start = accumulate ? 'c[this.thread.z][this.thread.y][this.thread.x]' : '0';
  return `function (a, b, ${accumulate ? 'c, ' : ''}k) {
    let sum = ${start};
    for (let p = 0; p < k; p++) { sum += ${a} * ${b}; }
    return sum;
  }`;
}
