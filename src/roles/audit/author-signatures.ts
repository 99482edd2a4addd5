/**
 * Author signatures of a recording as it is read, spread over threads: verifying is all arithmetic
 * and no state. A thread has one piece at a time, and who brings the next waits until one is free, so
 * memory is bounded. Invariant: the answer is that of one pass in order - the first signature that
 * does not hold, whichever thread came across it.
 */
import { signatureThreadHere, startSignatureThread } from './signature-threads.ts';
import type { SignatureThread } from './verify-lines.ts';

export interface SignatureCount {
  readonly signed: number;
  /** Sequence of the first entry whose author did not sign it so; null: all hold. */
  readonly firstBad: number | null;
}

/** Below this, starting threads costs more than they save: 100 ms against 0.1 ms a signature. */
const BYTES_ALONE_MAX = 1024 * 1024;

export class AuthorSignatures {
  readonly #threads: readonly SignatureThread[];
  readonly #free: SignatureThread[];
  readonly #waiting: ((thread: SignatureThread) => void)[] = [];
  readonly #working = new Set<Promise<void>>();
  #failed: { readonly why: unknown } | null = null;
  #signed = 0;
  #firstBad: number | null = null;

  /**
   * @param threads 1: in this thread
   * @param bytes of what will be verified
   */
  constructor(threads: number, bytes: number) {
    this.#threads =
      threads > 1 && bytes > BYTES_ALONE_MAX
        ? Array.from({ length: threads }, startSignatureThread)
        : [signatureThreadHere()];
    this.#free = [...this.#threads];
  }

  /**
   * Resolves when a thread has taken it, not when it is verified.
   * @param first sequence of its first line
   * @param ndjson lines that are events, after those given before; it is copied
   */
  async take(first: number, ndjson: Uint8Array): Promise<void> {
    // Everything before is with a thread already: what comes now cannot be first.
    if (this.#firstBad !== null) return;
    const thread =
      this.#free.pop() ??
      (await new Promise<SignatureThread>((resolve) => this.#waiting.push(resolve)));
    if (this.#failed !== null) throw this.#failed.why;
    const work: Promise<void> = this.#verify(thread, first, new Uint8Array(ndjson)).finally(() =>
      this.#working.delete(work),
    );
    this.#working.add(work);
  }

  /** Of all that was taken. */
  async end(): Promise<SignatureCount> {
    await Promise.all(this.#working);
    if (this.#failed !== null) throw this.#failed.why;
    return { signed: this.#signed, firstBad: this.#firstBad };
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.end()));
  }

  async #verify(
    thread: SignatureThread,
    first: number,
    ndjson: Uint8Array<ArrayBuffer>,
  ): Promise<void> {
    try {
      const { signed, firstBad } = await thread.verify(ndjson);
      this.#signed += signed;
      if (firstBad !== null)
        this.#firstBad = Math.min(this.#firstBad ?? Number.POSITIVE_INFINITY, first + firstBad);
    } catch (why) {
      this.#failed ??= { why };
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free.push(thread);
      else next(thread);
    }
  }
}
