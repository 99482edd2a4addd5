/**
 * The buffers of one piece of work on a device, freed together. WebGPU zeroes new ones.
 */
import { BackendUnavailable } from '../backends/backend-unavailable.ts';
import type { Buffer } from '../autodiff/schedule.ts';
import type { Slice } from './kernel.ts';

const READ_BYTES_MAX = 64 * 2 ** 20;
/** GPUBufferUsage and GPUMapMode, whose globals are there only once the package is loaded. */
const USAGE = { MAP_READ: 0x1, COPY_SRC: 0x4, COPY_DST: 0x8, UNIFORM: 0x40, STORAGE: 0x80 };
const MAP_READ = 0x1;

export class DeviceMemory {
  readonly #gpu: GPUDevice;
  readonly #buffers: GPUBuffer[] = [];
  #staging: GPUBuffer | null = null;
  #bytes = 0;

  constructor(gpu: GPUDevice) {
    this.#gpu = gpu;
  }

  /** Allocated so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** `length` floats or words, zero. Throws BackendUnavailable `backend_memory_exhausted`. */
  alloc(length: number): Slice {
    const bytes = Math.max(length, 1) * 4;
    const { maxBufferSize, maxStorageBufferBindingSize } = this.#gpu.limits;
    const bytesMax = Math.min(maxBufferSize, maxStorageBufferBindingSize);
    if (bytes > bytesMax) {
      const message = `A buffer of ${bytes} bytes is more than the ${bytesMax} that the device takes.`;
      throw new BackendUnavailable(
        'backend_memory_exhausted',
        `${message} Use a smaller model or batch, or the exact backend.`,
      );
    }
    const buffer = this.#create(bytes, USAGE.STORAGE | USAGE.COPY_SRC | USAGE.COPY_DST);
    return { buffer, offset: 0, length };
  }

  /** Constants that a kernel reads. */
  uniform(words: readonly number[]): GPUBuffer {
    const buffer = this.#create(words.length * 4, USAGE.UNIFORM | USAGE.COPY_DST);
    this.#gpu.queue.writeBuffer(buffer, 0, Uint32Array.from(words));
    return buffer;
  }

  write(slice: Slice, data: Float32Array | Uint32Array): void {
    const { buffer, byteOffset, byteLength } = data;
    this.#gpu.queue.writeBuffer(
      slice.buffer,
      slice.offset,
      buffer as ArrayBuffer,
      byteOffset,
      byteLength,
    );
  }

  /** Waits for everything submitted before. One at a time. */
  async read(slice: Slice, floats = new Float32Array(slice.length)): Promise<Float32Array> {
    const total = slice.length * 4;
    const size = Math.min(total, READ_BYTES_MAX);
    const staging = this.#stagingOf(size);
    for (let done = 0; done < total; done += size) {
      const bytes = Math.min(size, total - done);
      const encoder = this.#gpu.createCommandEncoder();
      encoder.copyBufferToBuffer(slice.buffer, slice.offset + done, staging, 0, bytes);
      this.#gpu.queue.submit([encoder.finish()]);
      await staging.mapAsync(MAP_READ, 0, bytes);
      floats.set(new Float32Array(staging.getMappedRange(0, bytes)), done / 4);
      staging.unmap();
    }
    return floats;
  }

  free(): void {
    for (const buffer of this.#buffers) buffer.destroy();
    this.#buffers.length = 0;
    this.#staging = null;
    this.#bytes = 0;
  }

  /** Kept from read to read: a step reads a few bytes again and again. */
  #stagingOf(bytes: number): GPUBuffer {
    if (this.#staging === null || this.#staging.size < bytes)
      this.#staging = this.#create(bytes, USAGE.MAP_READ | USAGE.COPY_DST);
    return this.#staging;
  }

  #create(bytes: number, usage: number): GPUBuffer {
    const buffer = this.#gpu.createBuffer({ size: bytes, usage });
    this.#buffers.push(buffer);
    this.#bytes += bytes;
    return buffer;
  }
}

/**
 * Storage for a program's buffers. Those that are never needed at one step share a device buffer:
 * largest first, each into the first one that is free for as long as it is needed. Ranges of one
 * buffer would pack closer, but WebGPU lets no kernel read one and write another.
 */
export function placeOnDevice(
  buffers: readonly Buffer[],
  memory: DeviceMemory,
): ReadonlyMap<Buffer, Slice> {
  const shelves: { readonly slice: Slice; readonly tenants: Buffer[] }[] = [];
  const placed = new Map<Buffer, Slice>();
  const largestFirst = [...buffers].sort(
    (a, b) => b.block.length - a.block.length || a.first - b.first,
  );
  for (const buffer of largestFirst) {
    const { length } = buffer.block;
    let shelf = shelves.find(({ tenants }) =>
      tenants.every((other) => other.last < buffer.first || buffer.last < other.first),
    );
    if (shelf === undefined) {
      shelf = { slice: memory.alloc(length), tenants: [] };
      shelves.push(shelf);
    }
    shelf.tenants.push(buffer);
    placed.set(buffer, { ...shelf.slice, length });
  }
  return placed;
}
