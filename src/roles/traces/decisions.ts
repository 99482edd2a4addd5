/**
 * What an authority remembers of traces: which span each command under way belongs to, which one led
 * to an entry, and which trace tells the story of a piece of work. All of it is bounded and may be
 * forgotten: whatever is not known begins a trace of its own.
 */
import type { Span } from './tracer.ts';
import type { SpanContext } from './trace-context.ts';

const COMMANDS_MAX = 10_000;
const ENTRIES_MAX = 20_000;
const STORIES_MAX = 10_000;
const RUNS_MAX = 1000;

/** The latest so many. */
class Latest<K, V> {
  readonly #kept = new Map<K, V>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  get = (key: K): V | undefined => this.#kept.get(key);
  delete = (key: K): boolean => this.#kept.delete(key);

  set(key: K, value: V): void {
    this.#kept.delete(key);
    this.#kept.set(key, value);
    if (this.#kept.size <= this.#max) return;
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined) this.#kept.delete(oldest);
  }
}

export class Decisions {
  /** By command id: spans of commands that wait for their answer. */
  readonly underWay = new Latest<string, Span>(COMMANDS_MAX);
  /** By sequence: what led to an entry. */
  readonly causes = new Latest<number, SpanContext>(ENTRIES_MAX);
  /** By run: the command that last set it going; what a tick makes of the run goes back to it. */
  readonly levers = new Latest<string, SpanContext>(RUNS_MAX);
  /** By what steps are about - an assignment, a window: the span its story begins with. */
  readonly stories = new Latest<string, SpanContext>(STORIES_MAX);
}
