/**
 * Single pages of a data set, each proved against the root that the ledger fixed: for a party that
 * trains on a few and need not hold the whole stream. A source that gave a page which does not lead to
 * the root is not asked again.
 */
import { isRight } from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import type { Dataset } from '../projections/books.ts';
import type { SourceProblem } from './transfer/chunk-source.ts';
import { convicts } from './transfer/chunk-source.ts';

export interface PageSource {
  readonly name: string;
  /** The page's bytes, checked. */
  page(
    dataset: Dataset,
    index: number,
    signal: AbortSignal,
  ): Promise<Either<SourceProblem, Uint8Array>>;
}

/** Pages kept, of those used last. */
const PAGES_KEPT = 4096;

export class PageFetcher {
  readonly #sources: readonly PageSource[];
  readonly #convicted = new Set<string>();
  readonly #kept = new Map<string, Uint8Array>();

  /** @param sources in the order in which they are asked */
  constructor(sources: readonly PageSource[]) {
    this.#sources = sources;
  }

  /** In the order asked for; null when no source has one of them. */
  async fetch(
    dataset: Dataset,
    indexes: readonly number[],
    signal: AbortSignal,
  ): Promise<Uint8Array[] | null> {
    const pages: Uint8Array[] = [];
    for (const index of indexes) {
      const page = await this.#one(dataset, index, signal);
      if (page === null) return null;
      pages.push(page);
    }
    return pages;
  }

  async #one(dataset: Dataset, index: number, signal: AbortSignal): Promise<Uint8Array | null> {
    const key = `${dataset.pagesRoot} ${dataset.pageTokens} ${index}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    for (const source of this.#sources) {
      if (this.#convicted.has(source.name)) continue;
      const got = await source.page(dataset, index, signal);
      if (isRight(got)) {
        this.#keep(key, got.right);
        return got.right;
      }
      if (convicts(got.left)) this.#convicted.add(source.name);
    }
    return null;
  }

  #keep(key: string, bytes: Uint8Array): void {
    // A copy: the answer that it is part of need not stay.
    this.#kept.set(key, Uint8Array.from(bytes));
    for (const oldest of this.#kept.keys())
      if (this.#kept.size > PAGES_KEPT) this.#kept.delete(oldest);
  }
}
