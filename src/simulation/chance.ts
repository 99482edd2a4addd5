/**
 * All chance in a simulation: counter-based streams that follow from a seed and a name. Invariant: a
 * stream gives the same numbers whatever other streams were drawn from, so taking one fault out of
 * a schedule leaves the draws of all others as they were.
 */
import assert from 'node:assert';

const GOLDEN = 0x9e3779b9;

/** MurmurHash3's 32-bit finaliser. */
function mixed(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** FNV-1a over the UTF-16 units of a name. */
function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i += 1) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

export class Chance {
  readonly #name: string;
  readonly #low: number;
  readonly #high: number;
  #counter = 0;

  constructor(name: string) {
    this.#name = name;
    this.#low = hashOf(name);
    this.#high = mixed(hashOf(`${name}/`) ^ GOLDEN);
  }

  /** A stream of its own, independent of how much was drawn from this one. */
  of(name: string): Chance {
    return new Chance(`${this.#name}/${name}`);
  }

  uint32(): number {
    this.#counter += 1;
    return mixed(mixed(this.#low + Math.imul(this.#counter, GOLDEN)) ^ this.#high);
  }

  /** A whole number in [0, limit). */
  below(limit: number): number {
    assert(limit > 0 && limit <= 0x1_0000_0000, 'a limit of at most 2^32');
    return Math.floor((this.uint32() / 0x1_0000_0000) * limit);
  }

  /** A whole number in [least, most]. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** True this many times in a million. */
  ppm(rate: number): boolean {
    return rate > 0 && this.below(1_000_000) < rate;
  }

  pick<T>(items: readonly T[]): T {
    assert(items.length > 0, 'something to pick from');
    return items[this.below(items.length)] as T;
  }

  shuffled<T>(items: readonly T[]): T[] {
    const out = [...items];
    for (let i = out.length - 1; i > 0; i -= 1) {
      const j = this.below(i + 1);
      [out[i], out[j]] = [out[j] as T, out[i] as T];
    }
    return out;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }
}
