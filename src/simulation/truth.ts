/**
 * What honest work comes to, computed straight from the bytes that are in the world: neither the
 * roles nor the store's answers are asked. Verdicts and promotions are held against it.
 */
import { outerStep } from '../compute/training/outer-step.ts';
import { pageBytes, readPage } from '../compute/data/pages.ts';
import { digestOf } from '../events/digest.ts';
import type { Digest } from '../events/ids.ts';
import type { Books, WindowBook } from '../projections/books.ts';
import { must } from '../projections/books.ts';
import { upstreamOf } from '../projections/grouped-stages.ts';
import { pagesReceipt } from '../roles/dataset-cache.ts';
import { assignedWork, outerSpecOf } from '../roles/work-spec.ts';
import { contribute, heldOutLossMicroNats, trainStage } from './toy-model.ts';

export class Truth {
  readonly #stored: (digest: Digest) => Uint8Array | undefined;
  readonly #bytes = new Map<Digest, Uint8Array>();
  readonly #deltas = new Map<string, Digest>();

  /** @param stored what the store holds under a digest, intact or not */
  constructor(stored: (digest: Digest) => Uint8Array | undefined) {
    this.#stored = stored;
  }

  know(bytes: Uint8Array): void {
    this.#bytes.set(digestOf(bytes), bytes);
  }

  /** Digest of what the assignment's honest delta is; of a stage, where all before it were honest. */
  deltaOf(books: Books, assignment: string): Digest {
    const { window, assignment: held } = assignedWork(books, assignment);
    if (held.stage === undefined) return this.#slotDelta(books, assignment);
    const upstream = upstreamOf(window, held);
    const input = upstream === null ? window.checkpoint : this.deltaOf(books, upstream.assignment);
    return must(this.#stageOutput(books, assignment, input), 'honest work');
  }

  /** What its author was to come to, from what it was handed; undefined: nothing, or it is not known. */
  honestOf(books: Books, assignment: string): Digest | undefined {
    const { stage } = assignedWork(books, assignment).assignment;
    return stage === undefined
      ? this.#slotDelta(books, assignment)
      : this.#stageOutput(books, assignment, stage.input);
  }

  /** What may count of it; null: nothing; undefined: that is not known. */
  dueOf(books: Books, assignment: string): Digest | null | undefined {
    const { stage, refusedInput } = assignedWork(books, assignment).assignment;
    if (stage === undefined) return this.#slotDelta(books, assignment);
    if (refusedInput === null) return null;
    return this.#stageOutput(books, assignment, refusedInput ?? stage.input);
  }

  /** Undefined for an input whose bytes nobody has, or which is no state. */
  #stageOutput(books: Books, assignment: string, input: Digest): Digest | undefined {
    const key = `${assignment} from ${input}`;
    const known = this.#deltas.get(key);
    if (known !== undefined) return known;
    const { window, spec, assignment: held } = assignedWork(books, assignment);
    const state = this.#find(input);
    if (state === undefined) return undefined;
    const { firstStep, steps } = must(held.stage, 'stage');
    const pages = this.#pagesOf(books, assignment);
    const checkpoint = this.#must(window.checkpoint);
    const span = { first: firstStep, steps };
    try {
      const from = firstStep === 0 ? null : state;
      const { delta } = trainStage({ spec, span, checkpoint, state: from, pages });
      this.know(delta);
      const digest = digestOf(delta);
      this.#deltas.set(key, digest);
      return digest;
    } catch {
      return undefined;
    }
  }

  #slotDelta(books: Books, assignment: string): Digest {
    let digest = this.#deltas.get(assignment);
    if (digest === undefined) {
      const { window, spec } = assignedWork(books, assignment);
      const { delta } = contribute({
        spec,
        checkpoint: this.#must(window.checkpoint),
        pages: this.#pagesOf(books, assignment),
      });
      digest = digestOf(delta);
      this.#bytes.set(digest, delta);
      this.#deltas.set(assignment, digest);
    }
    return digest;
  }

  /** Root over the assigned pages. */
  receiptOf(books: Books, assignment: string): string {
    return pagesReceipt(this.#pagesOf(books, assignment));
  }

  #pagesOf(books: Books, assignment: string): Uint16Array[] {
    const { plan, pages } = assignedWork(books, assignment);
    const { tokens, pageTokens } = must(books.datasets[plan.dataset], plan.dataset);
    const stream = this.#must(tokens.digest);
    return pages.map((page) => readPage(pageBytes(stream, pageTokens, page), pageTokens));
  }

  /** Checkpoint and loss that the outer step over these deltas gives; null when one is not known. */
  aggregateOf(
    books: Books,
    window: WindowBook,
  ): { readonly checkpoint: Digest; readonly lossMicroNats: number } | null {
    const { checkpoint, momentum, deltas } = must(window.aggregation, 'aggregation');
    const parts = deltas.map((digest) => this.#find(digest));
    if (parts.includes(undefined)) return null;
    const { plan } = must(books.runs[window.run], window.run);
    const result = outerStep(
      outerSpecOf(plan),
      this.#must(checkpoint),
      momentum === null ? null : this.#must(momentum),
      parts as Uint8Array[],
    );
    this.know(result.checkpoint);
    this.know(result.momentum);
    return {
      checkpoint: digestOf(result.checkpoint),
      lossMicroNats: heldOutLossMicroNats(result.checkpoint),
    };
  }

  /** Held-out loss of a checkpoint in micro-nats; null when its bytes are not known. */
  lossOf(digest: Digest): number | null {
    const checkpoint = this.#find(digest);
    return checkpoint === undefined ? null : heldOutLossMicroNats(checkpoint);
  }

  #find(digest: Digest): Uint8Array | undefined {
    const known = this.#bytes.get(digest);
    if (known !== undefined) return known;
    const stored = this.#stored(digest);
    if (stored === undefined || digestOf(stored) !== digest) return undefined;
    this.#bytes.set(digest, stored);
    return stored;
  }

  #must(digest: Digest): Uint8Array {
    return must(this.#find(digest), `bytes of ${digest}`);
  }
}
