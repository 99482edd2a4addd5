/**
 * What each entry is searched by: type, author, run, window, ledger time, and whom it names. Made from
 * the lines as they are stored; it holds no entry, only how to find it. Invariant: entry n is at place
 * n of every column, for all n below `size`.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import { decodeEvent } from '../../events/decode-event.ts';
import type { LedgerEvent } from '../../events/catalogue.ts';
import { msOfTime } from '../../events/entry.ts';
import { floats, integers, Words } from './columns.ts';

/** Every condition given has to hold. */
export interface LogFilter {
  /** Any of these types. */
  readonly types?: readonly string[];
  readonly author?: string;
  readonly run?: string;
  readonly window?: number;
  /** Entries that name any of these, as author or anywhere in what they say. */
  readonly naming?: readonly string[];
  /** Any of these types, or naming any of these. */
  readonly either?: { readonly types: readonly string[]; readonly naming: readonly string[] };
  /** Ledger time, both inclusive. */
  readonly sinceMs?: number;
  readonly untilMs?: number;
  /** No later entries than this one. */
  readonly through?: number;
}

export interface Found {
  readonly total: number;
  /** Sequences, newest first. */
  readonly sequences: readonly number[];
}

const NONE = -1;
const KEY = /U[A-Z2-7]{55}/g;

export class LogIndex {
  readonly #types = new Words();
  readonly #authors = new Words();
  readonly #runs = new Words();
  readonly #type = integers();
  readonly #author = integers();
  readonly #run = integers();
  readonly #window = integers();
  readonly #time = floats();
  readonly #naming = new Map<string, number[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Types that the log has, in the order in which they first came. */
  get types(): readonly string[] {
    return this.#types.all;
  }

  get authors(): readonly string[] {
    return this.#authors.all;
  }

  get runs(): readonly string[] {
    return this.#runs.all;
  }

  /** @param line of the next entry. @throws Error when it is none */
  add(line: Uint8Array): void {
    const decoded = decodeEvent(line);
    if (isLeft(decoded)) throw new Error(decoded.left.message);
    const event = decoded.right;
    const { run, window } = placeOf(event);
    this.#type.push(this.#types.numberOf(event.type));
    this.#author.push(this.#authors.numberOf(event.actor));
    this.#run.push(run === null ? NONE : this.#runs.numberOf(run));
    this.#window.push(window ?? NONE);
    this.#time.push(msOfTime(event.time));
    const text = Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('latin1');
    for (const key of new Set(text.match(KEY))) {
      const known = this.#naming.get(key);
      if (known === undefined) this.#naming.set(key, [this.#size]);
      else known.push(this.#size);
    }
    this.#size += 1;
  }

  /** @param span of what is found, from the newest */
  find(filter: LogFilter, { from, limit }: { from: number; limit: number }): Found {
    const { naming, sinceMs, untilMs, through = Infinity } = filter;
    const low = sinceMs === undefined ? 0 : this.#firstAt(sinceMs);
    const after = untilMs === undefined ? this.#size : this.#firstAt(untilMs + 1);
    const high = Math.min(after - 1, through);
    const tests = this.#testsOf(filter);
    if (naming === undefined && tests.length === 0) return everyOne(low, high, from, limit);
    const sequences: number[] = [];
    let total = 0;
    const look = (sequence: number): void => {
      for (const test of tests) if (!test(sequence)) return;
      if (total >= from && sequences.length < limit) sequences.push(sequence);
      total += 1;
    };
    if (naming === undefined)
      for (let sequence = high; sequence >= low; sequence -= 1) look(sequence);
    else
      for (const sequence of this.#namedBy(naming).toReversed())
        if (sequence >= low && sequence <= high) look(sequence);
    return { total, sequences };
  }

  #namedBy(keys: readonly string[]): readonly number[] {
    const [first, ...others] = keys.map((key) => this.#naming.get(key) ?? []);
    if (first === undefined || others.length === 0) return first ?? [];
    return [...new Set([first, ...others].flat())].sort((a, b) => a - b);
  }

  #testsOf(filter: LogFilter): ((sequence: number) => boolean)[] {
    const tests: ((sequence: number) => boolean)[] = [];
    const { types, author, run, window, either } = filter;
    if (types !== undefined) {
      const wanted = new Set(types.map((type) => this.#types.find(type)));
      tests.push((sequence) => wanted.has(this.#type.at(sequence)));
    }
    if (author !== undefined) {
      const wanted = this.#authors.find(author);
      tests.push((sequence) => this.#author.at(sequence) === wanted);
    }
    if (run !== undefined) {
      const wanted = this.#runs.find(run);
      tests.push((sequence) => this.#run.at(sequence) === wanted);
    }
    if (window !== undefined) tests.push((sequence) => this.#window.at(sequence) === window);
    if (either !== undefined) {
      const wanted = new Set(either.types.map((type) => this.#types.find(type)));
      const named = new Set(this.#namedBy(either.naming));
      tests.push((sequence) => wanted.has(this.#type.at(sequence)) || named.has(sequence));
    }
    return tests;
  }

  /** The ledger's clock never runs backwards, so the first entry at or after a time is bisected. */
  #firstAt(ms: number): number {
    let [low, high] = [0, this.#size];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#time.at(middle) < ms) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Of these sequences, both ends included, a page from the newest on. */
function everyOne(low: number, high: number, from: number, limit: number): Found {
  const total = Math.max(0, high - low + 1);
  const length = Math.max(0, Math.min(limit, total - from));
  return { total, sequences: Array.from({ length }, (_, index) => high - from - index) };
}

const ASSIGNMENT = /^([a-z0-9-]+)\/(\d+)\//;
const RUN_SUBJECT = /^run\/([a-z0-9-]+)/;
const RUN_ACCOUNT = /^(?:earned|pool|vesting)\/([a-z0-9-]+)\//;

/** Run and window that an entry is about. */
function placeOf({ subject, data }: LedgerEvent): { run: string | null; window: number | null } {
  const said = data as Readonly<Record<string, unknown>>;
  const { run, window, assignment, transfers } = said;
  const parts = typeof assignment === 'string' ? ASSIGNMENT.exec(assignment) : null;
  const account = Array.isArray(transfers) ? accountRun(transfers) : null;
  const named = typeof run === 'string' ? run : (RUN_SUBJECT.exec(subject)?.[1] ?? null);
  return {
    run: parts?.[1] ?? named ?? account,
    window: parts === null ? (typeof window === 'number' ? window : null) : Number(parts[2]),
  };
}

function accountRun(transfers: readonly { debit?: string; credit?: string }[]): string | null {
  for (const { debit = '', credit = '' } of transfers) {
    const run = RUN_ACCOUNT.exec(debit)?.[1] ?? RUN_ACCOUNT.exec(credit)?.[1];
    if (run !== undefined) return run;
  }
  return null;
}
