/**
 * The error feedback that a worker keeps of its encoded deltas, by digest: what goes into its next
 * contribution, and what it may have to show to those who judge one. It is as large as the model and
 * never leaves the worker unless a judge needs it; a worker that lost it begins anew with none.
 */
import { digestOf } from '../events/digest.ts';
import type { ActorId, Digest } from '../events/ids.ts';
import type { Books } from '../projections/books.ts';
import type { Tools } from './recompute.ts';

export class KeptFeedback {
  readonly #files = new Map<Digest, Uint8Array>();

  keep(file: Uint8Array): void {
    this.#files.set(digestOf(file), file);
  }

  /**
   * What the worker's next contribution to the run takes: that of its last accepted one, if it is
   * here. What nobody will ask for any more is forgotten.
   */
  forNext(books: Books, run: string, actor: ActorId): Digest | null {
    const wanted = wantedOf(books, actor);
    for (const digest of this.#files.keys()) if (!wanted.has(digest)) this.#files.delete(digest);
    const last = books.runs[run]?.feedback?.[actor];
    return last !== undefined && this.#files.has(last) ? last : null;
  }

  /** From here, or from the store where it was shown. @throws Fault artifact_missing */
  async get(digest: Digest, { artifacts }: Pick<Tools, 'artifacts'>): Promise<Uint8Array> {
    return this.#files.get(digest) ?? (await artifacts.get(digest));
  }
}

/** Of accepted contributions, not taken yet; and of those in work, what went in and what came out. */
function wantedOf(books: Books, actor: ActorId): Set<Digest> {
  const wanted = new Set<Digest>();
  for (const { feedback } of Object.values(books.runs)) {
    const last = feedback?.[actor];
    if (last !== undefined) wanted.add(last);
  }
  for (const { assignments } of Object.values(books.windows))
    for (const { participant, submission, resolvedSequence } of Object.values(assignments)) {
      if (participant !== actor || resolvedSequence !== null) continue;
      const { feedbackFrom = null, feedback = null } = submission?.encoded ?? {};
      if (feedbackFrom !== null) wanted.add(feedbackFrom);
      if (feedback !== null) wanted.add(feedback.digest);
    }
  return wanted;
}
