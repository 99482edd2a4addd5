/**
 * Workers of whom one alters what it sends: whoever is first to send something that is worth it. Who
 * gets work depends on who is fast, so a test that names its liar beforehand may wait for it in vain.
 */
import { WorkerDuties } from '../roles/worker.ts';

export class OneLiar {
  readonly #lies: (output: Uint8Array, window: number) => boolean;
  #name: string | null = null;

  /** `lies` says of which outputs the liar flips a bit. */
  constructor(lies: (output: Uint8Array, window: number) => boolean) {
    this.#lies = lies;
  }

  /** Null until somebody lied. */
  get name(): string | null {
    return this.#name;
  }

  workers(names: readonly string[]): Record<string, WorkerDuties> {
    return Object.fromEntries(names.map((name) => [name, this.#worker(name)]));
  }

  #worker(name: string): WorkerDuties {
    return new WorkerDuties((output, window) => {
      if (!this.#lies(output, window)) return output;
      this.#name ??= name;
      if (this.#name !== name) return output;
      const altered = Uint8Array.from(output);
      // Low in the last value: it stays a number, and a small difference.
      altered[altered.length - 2] = (altered.at(-2) ?? 0) ^ 1;
      return altered;
    });
  }
}
