/**
 * Whether a subject is the one that a declaration composes for some data, without composing it anew
 * for every entry: with a subject seen before, the members that its composition read are remembered,
 * and where they are the same again, so is the subject - subjects are functions of the data alone.
 * Invariant: answers as `compose(data) === text` would.
 */
import type { FactDeclaration } from './catalogue/declare.ts';

/** Many declarations share one: what an assignment's facts are about, say. */
type Compose = FactDeclaration<string, never>['subject'];
type Data = Record<string, unknown>;

/** A subject that stands for itself and remembers how it last came about. */
export class Subject {
  readonly text: string;
  #compose: Compose | null = null;
  #names: readonly string[] = [];
  #values: readonly unknown[] = [];

  constructor(text: string) {
    this.text = text;
  }

  isOf(compose: Compose, data: unknown): boolean {
    if (this.#compose === compose && this.#reads(data as Data)) return true;
    const read: string[] = [];
    const watched = new Proxy(data as Data, {
      get: (members, name) => {
        read.push(String(name));
        return members[String(name)];
      },
    });
    if (compose(watched as never) !== this.text) return false;
    this.#compose = compose;
    this.#names = read;
    this.#values = read.map((name) => (data as Data)[name]);
    return true;
  }

  /** Whether what was read is there again. */
  #reads(data: Data): boolean {
    for (let index = 0; index < this.#names.length; index++) {
      if (data[this.#names[index] as string] !== this.#values[index]) return false;
    }
    return true;
  }
}
