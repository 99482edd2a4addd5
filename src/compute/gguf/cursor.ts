/**
 * Reads little-endian values one after the other from bytes of a stranger. Invariant: a count read
 * from the file is proved against what is left of it before anything of that size is made.
 */
import { GgufError } from './gguf-error.ts';

export class Cursor {
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get at(): number {
    return this.#at;
  }

  /** Moves past `bytes` bytes; gives where they begin, and the view to read them from. */
  take(bytes: number): { readonly view: DataView; readonly at: number } {
    const at = this.#at;
    if (bytes > this.#view.byteLength - at) {
      throw new GgufError('file_truncated', `byte ${at}: ${bytes} bytes wanted, the file ends`);
    }
    this.#at += bytes;
    return { view: this.#view, at };
  }

  u32(): number {
    const { view, at } = this.take(4);
    return view.getUint32(at, true);
  }

  u64(): bigint {
    const { view, at } = this.take(8);
    return view.getBigUint64(at, true);
  }

  /** A number of things of at least `bytesEach` bytes, all of which lie ahead. */
  count(bytesEach: number, what: string): number {
    const count = this.u64();
    const room = Math.floor((this.#view.byteLength - this.#at) / bytesEach);
    if (count > BigInt(room)) {
      throw new GgufError('count_beyond_file', `byte ${this.#at}: ${count} ${what} do not fit`);
    }
    return Number(count);
  }

  /** A length and as many bytes of UTF-8. */
  text(): string {
    const { view, at } = this.take(0);
    const length = this.count(1, 'bytes of text');
    const bytes = new Uint8Array(view.buffer, view.byteOffset + at + 8, length);
    this.take(length);
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw new GgufError('text_not_utf8', `byte ${at}: the text there is not UTF-8`);
    }
  }
}
