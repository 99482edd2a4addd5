/**
 * Reproducible chance for campaigns: a stream of 32-bit numbers made from a seed, a name and an
 * index alone, so that any one input of millions can be made again by itself (splitmix32, after
 * Steele, Lea and Flood). Not for secrets.
 */
export class Chance {
  #state: number;

  constructor(seed: number, name: string, index: number) {
    let hash = 0x811c9dc5; // FNV-1a over the name
    for (let at = 0; at < name.length; at++) {
      hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
    }
    // Mixed, not added: the streams of neighbouring indices must not be one stream, shifted.
    this.#state = mixed(mixed(mixed(hash) ^ seed) ^ index);
  }

  #next(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    return mixed(this.#state);
  }

  /** A whole number in [0, below). */
  below(below: number): number {
    return this.#next() % below;
  }

  /** True once in `times`. */
  oneIn(times: number): boolean {
    return this.#next() % times === 0;
  }

  of<T>(items: readonly T[]): T {
    return items[this.#next() % items.length] as T;
  }

  /** 1 more often than 2, 2 more often than 3, at most `max`. */
  few(max: number): number {
    let count = 1;
    while (count < max && this.oneIn(2)) count += 1;
    return count;
  }
}

function mixed(state: number): number {
  let z = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}
