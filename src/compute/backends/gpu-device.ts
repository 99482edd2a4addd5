/**
 * The process's one GPU device, through gpu.js and the webgpu package of extras/gpu.
 * Only the surface used here is typed; the packages' own types are there only when they are.
 *
 * Invariant: an error of the device becomes a BackendUnavailable. Left alone, WebGPU drops a failed
 * submit and reads back zeros, so every run is watched by error scopes.
 */
import { createRequire } from 'node:module';
import type { ComputeDevice } from '../device/compute-device.ts';
import { BackendUnavailable } from './backend-unavailable.ts';

const PACKAGES = new URL('../../../extras/gpu/package.json', import.meta.url);
const INSTALL = 'npm ci --prefix extras/gpu --omit=optional';

/** A flat array that a kernel indexes as [z][y][x]. */
export type GpuInput = object;

export interface GpuKernel {
  /** Rows of C for each batch item. */
  (...operands: readonly (GpuInput | number)[]): Promise<readonly (readonly Float32Array[])[]>;
  setOutput(size: readonly [x: number, y: number, z: number]): void;
  destroy(): void;
}

export interface GpuKernelSettings {
  readonly argumentTypes: readonly string[];
  readonly dynamicArguments: boolean;
  readonly dynamicOutput: boolean;
  readonly output: readonly number[];
  readonly loopMaxIterations: number;
}

/** Of one backend; the device beneath is the process's. */
export interface GpuDevice extends ComputeDevice {
  /** As the driver calls itself. */
  readonly description: string;
  createKernel(source: string, settings: GpuKernelSettings): GpuKernel;
  input(floats: Float32Array, size: readonly [x: number, y: number, z: number]): GpuInput;
  release(): Promise<void>;
}

interface DeviceContext {
  readonly isLost: boolean;
  readonly adapter: {
    readonly info: {
      readonly vendor: string;
      readonly device: string;
      readonly description: string;
    };
  };
  readonly device: GPUDevice;
}

interface Packages {
  readonly webgpu: {
    readonly globals: object;
    create(flags: readonly string[]): { requestAdapter(): Promise<object | null> };
  };
  readonly gpujs: {
    readonly GPU: new (options: { readonly mode: 'webgpu' }) => {
      createKernel(source: string, settings: GpuKernelSettings): GpuKernel;
      destroy(): Promise<void>;
    };
    input(floats: Float32Array, size: readonly number[]): GpuInput;
  };
  readonly context: {
    acquire(): Promise<DeviceContext>;
    destroy(): Promise<void>;
  };
}

/** Backends that hold the device of this process. */
let holders = 0;

/** `packages` is the package.json beside whose node_modules the GPU packages are looked for. */
export async function acquireGpu(packages: URL = PACKAGES): Promise<GpuDevice> {
  const { webgpu, gpujs, context: shared } = loadPackages(packages);
  if (!('gpu' in globalThis.navigator)) {
    Object.assign(globalThis, webgpu.globals);
    Object.defineProperty(globalThis.navigator, 'gpu', { value: webgpu.create([]) });
  }
  holders++;
  const release = async (): Promise<void> => {
    holders--;
    if (holders === 0) await shared.destroy();
  };
  const context = await shared.acquire().catch(async (cause: unknown) => {
    await release();
    throw new BackendUnavailable(
      'backend_device_missing',
      'No GPU answers. Install its Vulkan driver and libvulkan1 (a software device: ' +
        'docs/guides/gpu.md), or choose the exact backend.',
      cause,
    );
  });
  const gpu = new gpujs.GPU({ mode: 'webgpu' });
  const { info } = context.adapter;
  return {
    description: info.description || `${info.vendor} ${info.device}`.trim() || 'unnamed device',
    gpu: context.device,
    createKernel: (source, settings) => gpu.createKernel(source, settings),
    input: (floats, size) => gpujs.input(floats, [...size]),
    checked: (run) => watched(context, run),
    async release() {
      await gpu.destroy();
      await release();
    },
  };
}

function loadPackages(packages: URL): Packages {
  const require = createRequire(packages);
  for (const name of ['webgpu', 'gpu.js']) {
    try {
      require.resolve(name);
    } catch (cause) {
      const message = `The GPU packages are not installed. Run: ${INSTALL}`;
      throw new BackendUnavailable('backend_package_missing', message, cause);
    }
  }
  try {
    const { WebGPUContext } = require('gpu.js/src/backend/web-gpu/context.js') as {
      readonly WebGPUContext: Packages['context'];
    };
    return {
      webgpu: require('webgpu') as Packages['webgpu'],
      gpujs: require('gpu.js') as Packages['gpujs'],
      context: WebGPUContext,
    };
  } catch (cause) {
    throw new BackendUnavailable(
      'backend_package_unusable',
      `The GPU packages do not load here (${String(cause)}). Reinstall them with: ${INSTALL}; ` +
        'or choose the exact backend.',
      cause,
    );
  }
}

async function watched<T>(context: DeviceContext, run: () => Promise<T>): Promise<T> {
  const { device } = context;
  if (context.isLost) throw lost();
  device.pushErrorScope('validation');
  device.pushErrorScope('out-of-memory');
  // Errors of the two scopes matter before what `run` itself says: they are why it failed.
  // gpu.js may also throw before it returns a promise.
  const outcome = await Promise.resolve()
    .then(run)
    .then(
      (value) => ({ value }),
      (cause: unknown) => ({ cause }),
    );
  const memory = await device.popErrorScope();
  const validation = await device.popErrorScope();
  if (context.isLost) throw lost();
  const failure = memory ?? validation;
  if (failure !== null) throw tooLarge(failure.message, failure);
  if ('value' in outcome) return outcome.value;
  throw tooLarge(String(outcome.cause), outcome.cause);
}

function lost(): BackendUnavailable {
  return new BackendUnavailable(
    'backend_device_lost',
    'The GPU was lost (driver reset, unplugged or out of time). Open the backend again.',
  );
}

/** What is left once shapes are checked and the device is there: its limits. */
function tooLarge(reason: string, cause: unknown): BackendUnavailable {
  return new BackendUnavailable(
    'backend_memory_exhausted',
    `The GPU refused the work: ${reason}. Use a smaller model or batch, or the exact backend.`,
    cause,
  );
}
