/**
 * Error feedback as an audit has it: nobody need show it, for each file is what the contribution
 * before left, computed again. A contribution waits for the one whose feedback it takes; the first of
 * a worker takes none.
 */
import { digestOf } from '../../events/digest.ts';
import type { Digest } from '../../events/ids.ts';
import type { Assignment, Submission } from '../../projections/books.ts';
import type { SentContribution } from '../compute-lane.ts';
import { Finding } from './check.ts';

interface Link {
  readonly arrived: Promise<Uint8Array>;
  readonly deliver: (file: Uint8Array) => void;
  readonly fail: (error: unknown) => void;
}

export class FeedbackChain {
  /** By digest: those that some later contribution takes. */
  readonly #links = new Map<Digest, Link>();

  /** @param submitted in the order in which they will be computed: an earlier window comes first */
  constructor(submitted: readonly Assignment[]) {
    const left = new Set(submitted.map(({ submission }) => submission?.encoded?.feedback?.digest));
    for (const { submission } of submitted) {
      const from = submission?.encoded?.feedbackFrom ?? null;
      if (from !== null && left.has(from)) this.#links.set(from, linkOf());
    }
  }

  /** Computes with what the submission takes, and keeps what it leaves for whoever takes that. */
  async passed(
    { encoded }: Submission,
    compute: (taken: Uint8Array | null) => Promise<SentContribution>,
  ): Promise<SentContribution> {
    const from = encoded?.feedbackFrom ?? null;
    const claimed = encoded?.feedback?.digest;
    const next = claimed === undefined ? undefined : this.#links.get(claimed);
    try {
      const made = await compute(from === null ? null : await this.#taken(from));
      const own = made.feedback === null ? undefined : digestOf(made.feedback);
      if (own === claimed && made.feedback !== null) next?.deliver(made.feedback);
      else next?.fail(new Finding(`feedback ${claimed} is not what the work leaves`));
      return made;
    } catch (error) {
      next?.fail(error);
      throw error;
    }
  }

  async #taken(from: Digest): Promise<Uint8Array> {
    const link = this.#links.get(from);
    if (link === undefined) throw new Finding(`feedback ${from} comes from no contribution`);
    const file = await link.arrived;
    // Taken once: what was passed on need not be held.
    this.#links.delete(from);
    return file;
  }
}

function linkOf(): Link {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  // Whoever waits hears of it; nobody may be waiting.
  promise.catch(() => undefined);
  return { arrived: promise, deliver: resolve, fail: reject };
}
