/**
 * Spans of one process. The span at work is known to everything that is called within it, across
 * awaits, so that ports can be traced without those who use them knowing. Invariant: a span is told
 * once, when it ends, and only where its trace is sampled.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import type { SpanContext } from './trace-context.ts';

export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';
export type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface EndedSpan {
  readonly context: SpanContext;
  readonly parentId: string | null;
  readonly name: string;
  readonly kind: SpanKind;
  /** Nanoseconds of Unix time. */
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly attributes: Attributes;
  readonly links: readonly SpanContext[];
  /** Why it failed; null when it did not. */
  readonly failure: string | null;
}

export interface SpanOptions {
  readonly kind?: SpanKind;
  /** Null begins a trace; left out, it is the span at work, if any. */
  readonly parent?: SpanContext | null;
  readonly links?: readonly SpanContext[];
  readonly attributes?: Attributes;
  readonly startNs?: bigint;
}

/** Wall time that does not go back within a process. */
export const nowNs = (): bigint =>
  BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n;

export class Span {
  readonly context: SpanContext;
  readonly startNs: bigint;
  name: string;
  readonly #take: (span: EndedSpan) => void;
  readonly #kind: SpanKind;
  readonly #parentId: string | null;
  readonly #links: readonly SpanContext[];
  #attributes: Attributes;
  #isOver = false;

  constructor(
    name: string,
    context: SpanContext,
    parentId: string | null,
    { kind = 'internal', links = [], attributes = {}, startNs = nowNs() }: SpanOptions,
    take: (span: EndedSpan) => void,
  ) {
    this.name = name;
    this.context = context;
    this.startNs = startNs;
    this.#take = take;
    this.#kind = kind;
    this.#parentId = parentId;
    this.#links = links;
    this.#attributes = attributes;
  }

  set(attributes: Attributes): void {
    this.#attributes = { ...this.#attributes, ...attributes };
  }

  /** Only the first end counts. */
  end(failure: string | null = null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (!this.context.isSampled) return;
    this.#take({
      context: this.context,
      parentId: this.#parentId,
      name: this.name,
      kind: this.#kind,
      startNs: this.startNs,
      endNs: nowNs(),
      attributes: this.#attributes,
      links: this.#links,
      failure,
    });
  }
}

export class Tracer {
  readonly #take: (span: EndedSpan) => void;
  readonly #ratio: number;
  readonly #active = new AsyncLocalStorage<Span>();

  /** @param ratio of the traces begun here that are sampled, 0 to 1; others are as whoever began them says */
  constructor(take: (span: EndedSpan) => void, ratio = 1) {
    this.#take = take;
    this.#ratio = ratio;
  }

  /** The span at work here. */
  get active(): Span | null {
    return this.#active.getStore() ?? null;
  }

  start(name: string, options: SpanOptions = {}): Span {
    const { parent = this.active?.context ?? null } = options;
    const spanId = randomBytes(8).toString('hex');
    const context = parent === null ? this.#root(spanId) : { ...parent, spanId };
    return new Span(name, context, parent?.spanId ?? null, options, this.#take);
  }

  /** What is called here, and whatever that waits for, is within the span. */
  within<T>(span: Span, work: () => T): T {
    return this.#active.run(span, work);
  }

  /** A span around work that ends with it. */
  async around<T>(span: Span, work: () => Promise<T>): Promise<T> {
    try {
      const result = await this.within(span, work);
      span.end();
      return result;
    } catch (error) {
      span.end(error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  /** By the random bits of its id, so that whoever samples a part of traces samples the same ones. */
  #root(spanId: string): SpanContext {
    const traceId = randomBytes(16).toString('hex');
    const isSampled = Number.parseInt(traceId.slice(-8), 16) < this.#ratio * 2 ** 32;
    return { traceId, spanId, isSampled, state: null };
  }
}
