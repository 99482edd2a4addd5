/**
 * One shared WebAssembly memory as a bump allocator. Arrays grow from the base upwards and live
 * until `reset`; behind the last one lies working space that a single product uses and gives back.
 * The memory is shared, so growing it never detaches a view. Every address is 64-byte aligned.
 */
import { invariant } from '../invariant.ts';
import { BackendUnavailable } from './backend-unavailable.ts';

const PAGE_BYTES = 65_536;
const ALIGNMENT = 64;
/** Pages added at once where fewer would do: growing is a system call. */
const GROWTH_PAGES = 256;
/** 4 GiB, all that a 32-bit address reaches. Reserved, not used, until it is grown into. */
export const MAX_PAGES = 65_536;

export class LinearMemory {
  readonly memory: WebAssembly.Memory;
  /** Each growth makes a new buffer object over the same bytes; views of all of them are ours. */
  readonly #buffers = new WeakSet<ArrayBufferLike>();
  readonly #base: number;
  readonly #maxPages: number;
  #top: number;
  #working: number;
  /** Bytes below have been handed out before and may not be zero. */
  #dirty: number;

  /** Keeps `reservedBytes` at address 0 for the owner. */
  constructor(reservedBytes: number, maxPages: number = MAX_PAGES) {
    this.#maxPages = maxPages;
    this.#base = aligned(reservedBytes);
    const initial = Math.ceil(this.#base / PAGE_BYTES);
    try {
      this.memory = new WebAssembly.Memory({ initial, maximum: maxPages, shared: true });
    } catch (cause) {
      throw exhausted(this.#base, maxPages, cause);
    }
    this.#buffers.add(this.memory.buffer);
    this.#top = this.#base;
    this.#working = this.#base;
    this.#dirty = this.#base;
  }

  /** A zeroed array. Throws BackendUnavailable 'backend_memory_exhausted'. */
  alloc(length: number): Float32Array {
    invariant(this.#working === this.#top, 'alloc during a product');
    const address = this.#top;
    const end = aligned(address + length * 4);
    this.#reserve(end);
    const floats = this.view(address, length);
    if (this.#dirty > address) floats.fill(0);
    this.#top = end;
    this.#working = end;
    this.#dirty = Math.max(this.#dirty, end);
    return floats;
  }

  reset(): void {
    this.#top = this.#base;
    this.#working = this.#base;
  }

  /** Address of an array from `alloc` (or a part of one); undefined for any other array. */
  addressOf(floats: Float32Array | Float64Array): number | undefined {
    if (!this.#buffers.has(floats.buffer)) return undefined;
    invariant(floats.byteOffset + floats.byteLength <= this.#top, 'array used after reset');
    return floats.byteOffset;
  }

  /** Working space with unspecified content; all of it goes back with `releaseWorking`. */
  working(bytes: number): number {
    const address = this.#working;
    const end = aligned(address + bytes);
    this.#reserve(end);
    this.#working = end;
    this.#dirty = Math.max(this.#dirty, end);
    return address;
  }

  releaseWorking(): void {
    this.#working = this.#top;
  }

  view(address: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, length);
  }

  /** As `view`, of f64; the address is a multiple of 8. */
  doubles(address: number, length: number): Float64Array {
    return new Float64Array(this.memory.buffer, address, length);
  }

  /** As `view`, of bytes. */
  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, length);
  }

  /** As `view`, of u16. */
  words(address: number, length: number): Uint16Array {
    return new Uint16Array(this.memory.buffer, address, length);
  }

  #reserve(end: number): void {
    const have = this.memory.buffer.byteLength;
    if (end <= have) return;
    const needed = Math.ceil((end - have) / PAGE_BYTES);
    const room = this.#maxPages - have / PAGE_BYTES;
    if (needed > room) throw exhausted(end, this.#maxPages);
    try {
      this.memory.grow(Math.min(room, Math.max(needed, GROWTH_PAGES)));
    } catch (cause) {
      throw exhausted(end, this.#maxPages, cause);
    }
    this.#buffers.add(this.memory.buffer);
  }
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

function exhausted(bytes: number, maxPages: number, cause?: unknown): BackendUnavailable {
  const limit = (maxPages * PAGE_BYTES) / 2 ** 20;
  return new BackendUnavailable(
    'backend_memory_exhausted',
    `The exact backend needs ${Math.ceil(bytes / 2 ** 20)} MiB of its ${limit} MiB: ` +
      'use a smaller model or batch, call reset() between steps, or free memory on this machine.',
    cause,
  );
}
