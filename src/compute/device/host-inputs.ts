/**
 * What a program reads from the host: tables, sent once, and token ids, sent before every run - the
 * only numbers that go up while it trains, but for those of the optimizer.
 */
import type { DeviceMemory } from './device-memory.ts';
import type { Slice } from './kernel.ts';
import type { RowsByToken } from './kernels/embedding.ts';

export class HostInputs {
  readonly #memory: DeviceMemory;
  readonly #tables = new Map<Float32Array, Slice>();
  readonly #ids = new Map<Uint16Array, Slice>();
  readonly #sorted = new Map<Uint16Array, RowsByToken>();
  readonly #uploads: (() => void)[] = [];

  constructor(memory: DeviceMemory) {
    this.#memory = memory;
  }

  table(numbers: Float32Array): Slice {
    return remembered(this.#tables, numbers, () => {
      const slice = this.#memory.alloc(numbers.length);
      this.#memory.write(slice, numbers);
      return slice;
    });
  }

  /** (N) u32 */
  ids(tokens: Uint16Array): Slice {
    return remembered(this.#ids, tokens, () => {
      const slice = this.#memory.alloc(tokens.length);
      const wide = new Uint32Array(tokens.length);
      this.#uploads.push(() => {
        wide.set(tokens);
        this.#memory.write(slice, wide);
      });
      return slice;
    });
  }

  rowsByToken(tokens: Uint16Array): RowsByToken {
    return remembered(this.#sorted, tokens, () => {
      const count = tokens.length;
      const slices = { order: this.#memory.alloc(count), starts: this.#memory.alloc(count + 1) };
      const sorter = new TokenSorter(count);
      this.#uploads.push(() => {
        sorter.sort(tokens);
        this.#memory.write(slices.order, sorter.order);
        this.#memory.write(slices.starts, sorter.starts);
      });
      return slices;
    });
  }

  /** Sends the ids as they are now. */
  upload(): void {
    for (const upload of this.#uploads) upload();
  }
}

/** Counting sort of rows by their u16 token. */
class TokenSorter {
  readonly order: Uint32Array;
  readonly starts: Uint32Array;
  readonly #next = new Uint32Array(65537);

  constructor(count: number) {
    this.order = new Uint32Array(count);
    this.starts = new Uint32Array(count + 1);
  }

  sort(tokens: Uint16Array): void {
    const next = this.#next.fill(0);
    for (const token of tokens) next[token + 1]! += 1;
    let distinct = 0;
    for (let token = 0; token < 65536; token += 1) {
      if (next[token + 1]! > 0) this.starts[distinct++] = next[token]!;
      next[token + 1]! += next[token]!;
    }
    this.starts.fill(tokens.length, distinct);
    for (let n = 0; n < tokens.length; n += 1) this.order[next[tokens[n]!]!++] = n;
  }
}

function remembered<K, V>(known: Map<K, V>, key: K, make: () => V): V {
  let value = known.get(key);
  if (value === undefined) {
    value = make();
    known.set(key, value);
  }
  return value;
}
