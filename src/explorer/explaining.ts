/**
 * Explanations over HTTP: the whole history is folded and indexed when somebody first asks, and goes
 * on from there at the next question. It lives beside what is served and can be dropped at any time.
 * Invariant: an answer speaks of entries that the follower has verified, and of all of them up to its
 * size.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import { Chronicle } from '../roles/explain/chronicle.ts';
import type { Explained, ExplainedKind, Question } from '../roles/explain/kinds.ts';
import { explainedBy } from '../roles/explain/kinds.ts';
import { Rebuild } from '../roles/rebuild.ts';
import { Breath } from './breath.ts';
import type { EntrySource } from './entries.ts';
import { linesBetween } from './entries.ts';
import { HttpError } from './reply.ts';

/** Entries that are indexed: each is kept, with what it says. */
const ENTRIES_MAX = 200_000;
const WAITING_MAX = 8;

interface Index {
  /** The folding that the entries are of; another one may tell another story. */
  readonly of: unknown;
  readonly rebuild: Rebuild;
  readonly chronicle: Chronicle;
}

export interface Explanation extends Explained {
  readonly size: number;
  readonly rootBase64: string;
}

export class Explaining {
  readonly #source: EntrySource;
  readonly #entriesMax: number;
  #index: Index | null = null;
  #queue: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(source: EntrySource, entriesMax = ENTRIES_MAX) {
    this.#source = source;
    this.#entriesMax = entriesMax;
  }

  /** @throws HttpError not_explained | too_much_history | busy */
  async explain(kind: ExplainedKind, question: Question): Promise<Explanation> {
    if (this.#waiting >= WAITING_MAX)
      throw new HttpError(503, 'busy', 'others are having something explained; try again');
    this.#waiting += 1;
    const mine = this.#queue.then(() => this.#answer(kind, question));
    this.#queue = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      this.#waiting -= 1;
    }
  }

  async #answer(kind: ExplainedKind, question: Question): Promise<Explanation> {
    const { rebuild, chronicle } = await this.#current();
    const { books, roots, size, root } = rebuild;
    const explained = explainedBy(kind).explain({ books, roots, chronicle }, question);
    if (isLeft(explained)) throw new HttpError(404, 'not_explained', explained.left);
    return { ...explained.right, size, rootBase64: root };
  }

  async #current(): Promise<Index> {
    const { follower } = this.#source;
    const { size, folding: of } = follower;
    if (size > this.#entriesMax)
      throw new HttpError(
        422,
        'too_much_history',
        `more than ${this.#entriesMax} entries; explain them from a recording, on the command line`,
      );
    const index =
      this.#index?.of === of
        ? this.#index
        : { of, rebuild: new Rebuild({ whole: true }), chronicle: new Chronicle() };
    // Until it is whole again nobody goes on from it.
    this.#index = null;
    const breath = new Breath();
    for await (const line of linesBetween(this.#source, index.rebuild.size, size)) {
      index.chronicle.observe(index.rebuild.add(line));
      await breath.take();
    }
    this.#index = index;
    return index;
  }
}
