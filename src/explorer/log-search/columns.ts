/**
 * What the log is searched by, a column each and a few bytes an entry: a million entries are 20 MB and
 * are scanned in milliseconds. Words are kept once and numbered in the order in which they came.
 */
export class Words {
  readonly #numbers = new Map<string, number>();
  readonly #words: string[] = [];

  numberOf(word: string): number {
    const known = this.#numbers.get(word);
    if (known !== undefined) return known;
    this.#numbers.set(word, this.#words.length);
    return this.#words.push(word) - 1;
  }

  /** Undefined: nothing has it. */
  find(word: string): number | undefined {
    return this.#numbers.get(word);
  }

  get all(): readonly string[] {
    return this.#words;
  }
}

type Numbers = Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer>;

/** A column that grows; reading past its end is a mistake of the caller. */
export class Column<A extends Numbers> {
  #values: A;
  #size = 0;
  readonly #make: (size: number) => A;

  constructor(make: (size: number) => A) {
    this.#make = make;
    this.#values = make(1024);
  }

  push(value: number): void {
    if (this.#size === this.#values.length) {
      const larger = this.#make(this.#size * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#size] = value;
    this.#size += 1;
  }

  at(index: number): number {
    return this.#values[index] as number;
  }
}

export const integers = (): Column<Int32Array<ArrayBuffer>> =>
  new Column((size) => new Int32Array(size));
export const floats = (): Column<Float64Array<ArrayBuffer>> =>
  new Column((size) => new Float64Array(size));
