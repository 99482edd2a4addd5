/** By what memory an array views, whichever array object it is. */
import type { Numbers } from './step-operation.ts';

export class StorageMap<T> {
  readonly #byBuffer = new Map<ArrayBufferLike, Map<string, T>>();

  get(numbers: Numbers): T | undefined {
    return this.#byBuffer.get(numbers.buffer)?.get(keyOf(numbers));
  }

  set(numbers: Numbers, value: T): void {
    const views = this.#byBuffer.get(numbers.buffer) ?? new Map<string, T>();
    this.#byBuffer.set(numbers.buffer, views.set(keyOf(numbers), value));
  }
}

const keyOf = ({ byteOffset, byteLength }: Numbers): string => `${byteOffset} ${byteLength}`;
