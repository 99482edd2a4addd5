/**
 * What was made of the texts seen lately, found again by their bytes: neither checked nor copied a
 * second time, and equal texts come out as one string, which later look-ups compare by address.
 * Direct mapped and of fixed size: a text that falls on another's slot takes it, so hostile input
 * costs time, never memory. Invariant: a hit is equal byte for byte.
 */
import type { CanonicalText } from './canonical-text.ts';

/** Longer texts pass through unkept. */
const TEXT_BYTES_MAX = 96;
/** A slot in words: the text's length, its last four bytes, then its whole words. */
const SLOT_WORDS = 2 + TEXT_BYTES_MAX / 4;

export class Interned<V> {
  readonly #slots: number;
  readonly #make: (text: string) => V | undefined;
  #values: (V | undefined)[] = [];
  #kept = new Int32Array(0);

  /**
   * @param slots a power of two
   * @param make undefined for a text that is not one of these
   */
  constructor(slots: number, make: (text: string) => V | undefined) {
    this.#slots = slots;
    this.#make = make;
  }

  at(text: CanonicalText, start: number, length: number): V | undefined {
    if (length === 0 || length > TEXT_BYTES_MAX) return this.#make(text.slice(start, length));
    const { view } = text;
    const last = lastBytes(view, start, length);
    const slot = this.#slotOf(view, start, length, last);
    if (this.#holds(slot * SLOT_WORDS, view, start, length, last)) return this.#values[slot];
    const value = this.#make(text.slice(start, length));
    if (value !== undefined) this.#keep(slot, value, view, start, length);
    return value;
  }

  /** Spread by four bytes each from the beginning, the middle and the end. */
  #slotOf(view: DataView, start: number, length: number, last: number): number {
    let hash = last;
    if (length > 4) {
      const middle = start + ((length - 4) >> 1);
      hash ^= Math.imul(view.getInt32(start, true), 0x9e3779b1);
      hash ^= Math.imul(view.getInt32(middle, true), 0x85ebca6b);
    }
    hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) & (this.#slots - 1);
  }

  #holds(slotAt: number, view: DataView, start: number, length: number, last: number): boolean {
    const kept = this.#kept;
    if (kept[slotAt] !== length || kept[slotAt + 1] !== last) return false;
    const words = length >> 2;
    for (let index = 0; index < words; index++) {
      if (kept[slotAt + 2 + index] !== view.getInt32(start + 4 * index, true)) return false;
    }
    return true;
  }

  #keep(slot: number, value: V, view: DataView, start: number, length: number): void {
    // Opened on first use: most programs read few of the catalogue's types.
    if (this.#values.length === 0) {
      this.#values = Array.from({ length: this.#slots }, () => undefined);
      this.#kept = new Int32Array(this.#slots * SLOT_WORDS);
    }
    const slotAt = slot * SLOT_WORDS;
    this.#values[slot] = value;
    this.#kept[slotAt] = length;
    this.#kept[slotAt + 1] = lastBytes(view, start, length);
    for (let index = 0; index < length >> 2; index++) {
      this.#kept[slotAt + 2 + index] = view.getInt32(start + 4 * index, true);
    }
  }
}

/** The last four bytes of a text as a word, or all of a shorter one. */
function lastBytes(view: DataView, start: number, length: number): number {
  if (length >= 4) return view.getInt32(start + length - 4, true);
  return view.getInt32(start, true) & ((1 << (8 * length)) - 1);
}
