/**
 * Sends ended spans to a collector over OTLP/HTTP, some at a time. Nobody waits for it: what does not
 * fit into the queue is dropped and counted, a collector that is away is asked again later and later,
 * and at the end it has a short while for what is left.
 */
import { exportOf } from './otlp.ts';
import type { Emitter } from './otlp.ts';
import type { EndedSpan } from './tracer.ts';

export interface ExporterOptions extends Emitter {
  /** Where spans are posted to. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly exported: (count: number) => void;
  /** `queue_full`, `refused` by the collector, or `unsent` at the end. */
  readonly dropped: (count: number, reason: 'queue_full' | 'refused' | 'unsent') => void;
  /** Told once when sending begins to fail, and when it works again (null). */
  readonly failing: (why: string | null) => void;
  readonly queueMax?: number;
  readonly everyMs?: number;
}

const QUEUE_MAX = 4096;
const BATCH_MAX = 512;
const EVERY_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;
const POST_WITHIN_MS = 10_000;
const END_WITHIN_MS = 2000;
/** Worth asking again (OTLP/HTTP, "Retryable response codes"). */
const PASSING: readonly number[] = [429, 502, 503, 504];

export class SpanExporter {
  readonly #options: ExporterOptions;
  readonly #queueMax: number;
  readonly #everyMs: number;
  #queue: EndedSpan[] = [];
  #timer: NodeJS.Timeout | null = null;
  #sending: Promise<void> | null = null;
  readonly #over = new AbortController();
  #failures = 0;
  #isClosed = false;

  constructor(options: ExporterOptions) {
    this.#options = options;
    this.#queueMax = options.queueMax ?? QUEUE_MAX;
    this.#everyMs = options.everyMs ?? EVERY_MS;
  }

  take(span: EndedSpan): void {
    if (this.#isClosed || this.#queue.length >= this.#queueMax) {
      this.#options.dropped(1, this.#isClosed ? 'unsent' : 'queue_full');
      return;
    }
    this.#queue.push(span);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#timer !== null || this.#sending !== null || this.#isClosed) return;
    const pauseMs = Math.min(this.#everyMs * 2 ** this.#failures, LONGEST_PAUSE_MS);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#send();
    }, pauseMs);
    // A role ends when its work does.
    this.#timer.unref();
  }

  #send(): Promise<void> {
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = null;
      if (this.#queue.length > 0) this.#schedule();
    });
    return this.#sending;
  }

  async #sendAll(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue.slice(0, BATCH_MAX);
      const outcome = await this.#post(batch);
      if (outcome !== 'exported' && outcome !== 'refused') {
        this.#failures += 1;
        if (this.#failures === 1) this.#options.failing(outcome.why);
        return;
      }
      if (this.#failures > 0) this.#options.failing(null);
      this.#failures = 0;
      this.#queue = this.#queue.slice(batch.length);
      if (outcome === 'exported') this.#options.exported(batch.length);
      else this.#options.dropped(batch.length, 'refused');
    }
  }

  async #post(batch: readonly EndedSpan[]): Promise<'exported' | 'refused' | { why: string }> {
    const { url, headers } = this.#options;
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(exportOf(this.#options, batch)),
        redirect: 'error',
        signal: AbortSignal.any([AbortSignal.timeout(POST_WITHIN_MS), this.#over.signal]),
      });
      await response.body?.cancel();
      if (response.ok) return 'exported';
      return PASSING.includes(response.status) ? { why: `HTTP ${response.status}` } : 'refused';
    } catch (error) {
      const { message, cause } = error as Error;
      return { why: cause instanceof Error ? `${message}: ${cause.message}` : message };
    }
  }

  /** What is left is sent, or dropped when that takes too long. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    const limit = setTimeout(() => this.#over.abort(), END_WITHIN_MS);
    try {
      // What was under way may have failed before; there is time for one more attempt.
      await this.#sending;
      await this.#send();
    } finally {
      clearTimeout(limit);
    }
    if (this.#queue.length > 0) this.#options.dropped(this.#queue.length, 'unsent');
    this.#queue = [];
  }
}
