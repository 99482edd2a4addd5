/**
 * Copy on write, for values whose tables are large: a recipe writes to a draft, and what comes of it
 * shares with the value whatever was not written. It gives what immer's `produce` gives, which copies
 * a table as soon as one of its names is read and looks at all of them again when it ends:
 * milliseconds at ten thousand names. Here a table is copied when something in it was written, once,
 * and only what was written is looked at.
 *
 * Two values that share parts and change alike go on sharing them: what a recipe did to a part is
 * held against what an earlier recipe of the same object did to the same part.
 *
 * Values are JSON: objects, also without a prototype, and arrays. Invariant: nothing that was given
 * is written to, and what comes back is frozen where it is new.
 */
import assert from 'node:assert';

type Table = Record<PropertyKey, unknown>;

/** What a part became, by what it was. */
interface Outcome {
  readonly result: object;
  readonly changed: ReadonlyMap<PropertyKey, unknown>;
  /** In their order. */
  readonly added: ReadonlyMap<PropertyKey, unknown>;
}

export class CopyOnWrite {
  readonly #outcomes = new Map<object, Outcome>();

  /** @param recipe writes to what it is given, which is of no use afterwards */
  of<T extends object>(base: T, recipe: (draft: T) => void): T {
    const root = new Draft(base as Table, null);
    recipe(root.proxy as T);
    return this.#settled(root) as T;
  }

  #settled(draft: Draft): object {
    if (!draft.isModified) return draft.base;
    draft.result ??= this.#resultOf(draft);
    return draft.result;
  }

  #resultOf(draft: Draft): object {
    const { base, written } = draft;
    const changed = new Map<PropertyKey, unknown>();
    const added = new Map<PropertyKey, unknown>();
    for (const [key, child] of draft.children)
      if (child.isModified) changed.set(key, this.#settled(child));
    for (const key of written) {
      if (!Object.hasOwn(draft.now, key)) continue;
      (Object.hasOwn(base, key) ? changed : added).set(key, this.#resolved(draft.now[key]));
    }
    const earlier = this.#outcomes.get(base);
    if (earlier !== undefined && !draft.hasDeleted && isAlike(earlier, { changed, added }))
      return earlier.result;
    const result = draft.copy ?? copyOf(base);
    for (const [key, value] of changed) result[key] = value;
    for (const [key, value] of added) result[key] = value;
    Object.freeze(result);
    if (earlier === undefined && !draft.hasDeleted)
      this.#outcomes.set(base, { result, changed, added });
    return result;
  }

  /** Of something that a recipe put in: drafts may be in it, at any depth. */
  #resolved(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    const draft = drafts.get(value);
    if (draft !== undefined) return this.#settled(draft);
    if (Object.isFrozen(value)) return value;
    const fresh = value as Table;
    for (const key of Object.keys(fresh)) {
      const inner = fresh[key];
      const resolved = this.#resolved(inner);
      if (resolved !== inner) fresh[key] = resolved;
    }
    return Object.freeze(fresh);
  }
}

/** By what a recipe is given in their place. */
const drafts = new WeakMap<object, Draft>();

class Draft {
  readonly base: Table;
  readonly proxy: object;
  /** Of parts that stand where they stood. */
  readonly children = new Map<PropertyKey, Draft>();
  /** Keys of what a recipe put in, in the order of the first time. */
  readonly written = new Set<PropertyKey>();
  /** Null until something is put in or taken out here. */
  copy: Table | null = null;
  hasDeleted = false;
  isModified = false;
  result: object | null = null;
  readonly #parent: Draft | null;

  constructor(base: Table, parent: Draft | null) {
    this.base = base;
    this.#parent = parent;
    this.proxy = new Proxy(standInFor(base), new Writes(this));
    drafts.set(this.proxy, this);
  }

  get now(): Table {
    return this.copy ?? this.base;
  }

  read(key: PropertyKey): unknown {
    const value = this.now[key];
    if (typeof value !== 'object' || value === null) return value;
    // What was put in is the recipe's own until it ends.
    if (this.written.has(key)) return value;
    let child = this.children.get(key);
    if (child === undefined) this.children.set(key, (child = new Draft(value as Table, this)));
    return child.proxy;
  }

  write(key: PropertyKey, value: unknown): void {
    if (value !== undefined && this.children.get(key)?.proxy === value) return;
    if (Object.is(this.now[key], value) && Object.hasOwn(this.now, key)) return;
    const copy = this.#own();
    copy[key] = value;
    this.written.add(key);
    this.children.delete(key);
    if (key === 'length' && Array.isArray(copy)) this.#cutTo(copy.length);
  }

  delete(key: PropertyKey): void {
    if (!Object.hasOwn(this.now, key)) return;
    delete this.#own()[key];
    this.hasDeleted = true;
    this.written.delete(key);
    this.children.delete(key);
  }

  #cutTo(length: number): void {
    this.hasDeleted = true;
    for (const key of this.children.keys()) if (Number(key) >= length) this.children.delete(key);
  }

  #own(): Table {
    this.#modify();
    this.copy ??= copyOf(this.base);
    return this.copy;
  }

  #modify(): void {
    if (this.isModified) return;
    this.isModified = true;
    if (this.#parent !== null) this.#parent.#modify();
  }
}

/** Of a target that stands in for the draft's value, so that a frozen one puts no limits on it. */
class Writes implements ProxyHandler<object> {
  readonly #draft: Draft;

  constructor(draft: Draft) {
    this.#draft = draft;
  }

  get(_: object, key: PropertyKey): unknown {
    return this.#draft.read(key);
  }

  set(_: object, key: PropertyKey, value: unknown): boolean {
    assert(this.#draft.result === null, 'a draft is written to while its recipe runs');
    this.#draft.write(key, value);
    return true;
  }

  deleteProperty(_: object, key: PropertyKey): boolean {
    this.#draft.delete(key);
    return true;
  }

  has(_: object, key: PropertyKey): boolean {
    return key in this.#draft.now;
  }

  ownKeys(): (string | symbol)[] {
    return Reflect.ownKeys(this.#draft.now);
  }

  getOwnPropertyDescriptor(target: object, key: PropertyKey): PropertyDescriptor | undefined {
    const found = Object.getOwnPropertyDescriptor(this.#draft.now, key);
    if (found === undefined) return undefined;
    // An array has its length for good; of the rest a target knows nothing.
    const configurable = !Object.hasOwn(target, key);
    return {
      value: this.#draft.read(key),
      writable: true,
      configurable,
      enumerable: !!found.enumerable,
    };
  }

  defineProperty(): boolean {
    return false;
  }
}

const standInFor = (base: Table): object =>
  Array.isArray(base)
    ? []
    : (Object.create(Object.getPrototypeOf(base) as object | null) as object);

function copyOf(base: Table): Table {
  if (Array.isArray(base)) return [...(base as unknown[])] as unknown as Table;
  if (Object.getPrototypeOf(base) !== null) return { ...base };
  const copy = Object.create(null) as Table;
  // Half of what Object.assign takes on a large table; it inherits nothing.
  for (const key in base) copy[key] = base[key];
  return copy;
}

function isAlike(a: Omit<Outcome, 'result'>, b: Omit<Outcome, 'result'>): boolean {
  if (a.changed.size !== b.changed.size || a.added.size !== b.added.size) return false;
  for (const [key, value] of b.changed)
    if (!a.changed.has(key) || !isSame(a.changed.get(key), value)) return false;
  const order = [...a.added.keys()];
  let at = 0;
  for (const [key, value] of b.added)
    if (order[at++] !== key || !isSame(a.added.get(key), value)) return false;
  return true;
}

/** The same JSON, in the same order of names. */
function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  const [names, others] = [Object.keys(a), Object.keys(b)];
  return (
    names.length === others.length &&
    names.every((name, at) => others[at] === name && isSame((a as Table)[name], (b as Table)[name]))
  );
}

/**
 * `value` with what is the same in `other` taken from there, so that the two can change alike.
 * Neither is written to.
 */
export function sharing<T>(value: T, other: unknown): T {
  if (isSame(value, other)) return other as T;
  if (typeof value !== 'object' || typeof other !== 'object' || value === null || other === null)
    return value;
  if (Array.isArray(value)) return value;
  const copy = copyOf(value as unknown as Table);
  for (const key of Object.keys(copy))
    if (Object.hasOwn(other, key)) copy[key] = sharing(copy[key], (other as Table)[key]);
  return copy as T;
}
