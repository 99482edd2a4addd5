/** All tensors of a model one after the other in one piece of storage, each fit to be bound alone. */
import type { Tensors } from '../tensors/tensor.ts';
import type { DeviceMemory } from './device-memory.ts';
import type { Slice } from './kernel.ts';

/** Tensors begin at multiples of 64 floats: 256 bytes, WebGPU's alignment of bindings. */
const ALIGNMENT = 64;

export class TensorRanges {
  /** Floats of all, gaps included. */
  readonly length: number;
  readonly #tensors: Tensors;
  readonly #starts = new Map<string, number>();

  constructor(tensors: Tensors) {
    let length = 0;
    for (const [name, { data }] of tensors) {
      this.#starts.set(name, length);
      length += Math.ceil(data.length / ALIGNMENT) * ALIGNMENT;
    }
    this.length = length;
    this.#tensors = tensors;
  }

  within({ buffer }: Slice): ReadonlyMap<string, Slice> {
    return new Map(
      [...this.#tensors].map(([name, { data }]) => {
        const offset = this.#starts.get(name)! * 4;
        return [name, { buffer, offset, length: data.length }];
      }),
    );
  }

  /** Writes the tensors that this was made from. */
  send(memory: DeviceMemory, to: Slice): void {
    const ranges = this.within(to);
    for (const [name, { data }] of this.#tensors) memory.write(ranges.get(name)!, data);
  }

  /** Tensors of these names and shapes as they now are. */
  async fetch(memory: DeviceMemory, from: Slice): Promise<Tensors> {
    const floats = await memory.read(from);
    return new Map(
      [...this.#tensors].map(([name, { shape, data }]) => {
        const start = this.#starts.get(name)!;
        return [name, { shape, data: floats.slice(start, start + data.length) }];
      }),
    );
  }
}
