/**
 * Datasets as they are used: fetched by digest, checked against the Merkle root that the ledger
 * fixed, kept for the process's life or while they are the last that were used. A page that is handed
 * out is one that the root vouches for.
 */
import { encodeTokenStream, pageBytes, pageCount, readPage } from '../compute/data/pages.ts';
import { CompactRange, leafHash } from '../events/merkle.ts';
import type { Artifacts } from '../commands/ports/artifacts.ts';
import { Fault } from '../commands/ports/fault.ts';
import type { Dataset } from '../projections/books.ts';
import type { PageFetcher } from './page-source.ts';

export interface OpenDataset {
  /** pageTokens + 1 tokens: inputs and their shifted targets. */
  page(index: number): Uint16Array;
}

/** RFC 6962 root over the pages' bytes, in hex. */
export function pagesRootOf(stream: Uint8Array, pageTokens: number): string {
  const range = CompactRange.empty();
  const pages = pageCount(stream, pageTokens);
  for (let i = 0; i < pages; i += 1) range.append(leafHash(pageBytes(stream, pageTokens, i)));
  return Buffer.from(range.root()).toString('hex');
}

/** RFC 6962 root over pages in this order, in hex: what a worker shows of the data it trains on. */
export function pagesReceipt(pages: readonly Uint16Array[]): string {
  const range = CompactRange.empty();
  for (const page of pages) range.append(leafHash(encodeTokenStream(page)));
  return Buffer.from(range.root()).toString('hex');
}

const keyOf = ({ tokens, pageTokens, pages, pagesRoot }: Dataset): string =>
  [tokens.digest, pageTokens, pages, pagesRoot].join(' ');

export class DatasetCache {
  readonly #artifacts: Artifacts;
  /** By everything that fixes what a page is: two datasets may cut one token stream differently. */
  readonly #open = new Map<string, Promise<OpenDataset>>();
  /** Of the streams that are here. */
  readonly #bytes = new Map<string, number>();
  readonly #bytesMax: number;
  readonly #pages: PageFetcher | null;

  /**
   * @param pages asked for single pages, where the stream is not here already; null: nobody
   * @param bytesMax of all streams; beyond it the one used longest ago goes, never the last one
   */
  constructor(
    artifacts: Artifacts,
    pages: PageFetcher | null = null,
    bytesMax = Number.POSITIVE_INFINITY,
  ) {
    this.#artifacts = artifacts;
    this.#pages = pages;
    this.#bytesMax = bytesMax;
  }

  /**
   * These pages in this order: one by one from those who serve single ones, or from the whole stream.
   * @throws Fault artifact_missing | artifact_corrupt
   */
  async pages(dataset: Dataset, indexes: readonly number[]): Promise<Uint16Array[]> {
    const { pageTokens } = dataset;
    const { signal } = new AbortController();
    const single = this.#open.has(keyOf(dataset))
      ? null
      : ((await this.#pages?.fetch(dataset, indexes, signal)) ?? null);
    if (single !== null) return single.map((bytes) => readPage(bytes, pageTokens));
    const open = await this.open(dataset);
    return indexes.map((index) => open.page(index));
  }

  /** @throws Fault artifact_missing | artifact_corrupt */
  open(dataset: Dataset): Promise<OpenDataset> {
    const key = keyOf(dataset);
    const known = this.#open.get(key);
    if (known !== undefined) {
      // Used last, it stands last.
      this.#open.delete(key);
      this.#open.set(key, known);
      return known;
    }
    const opening = this.#load(dataset);
    this.#open.set(key, opening);
    // A passing fault must not be remembered as the answer.
    opening.catch(() => this.#open.delete(key));
    return opening;
  }

  async #load(dataset: Dataset): Promise<OpenDataset> {
    const { tokens, pageTokens, pages, pagesRoot } = dataset;
    const stream = await this.#artifacts.get(tokens.digest);
    if (pageCount(stream, pageTokens) !== pages || pagesRootOf(stream, pageTokens) !== pagesRoot)
      throw new Fault('artifact_corrupt', 'the token stream is not the one its pages root names', {
        retryable: false,
      });
    this.#bytes.set(keyOf(dataset), stream.byteLength);
    this.#letGo();
    return { page: (index) => readPage(pageBytes(stream, pageTokens, index), pageTokens) };
  }

  /** Whoever uses one of them goes on with it. */
  #letGo(): void {
    let bytes = [...this.#bytes.values()].reduce((sum, one) => sum + one, 0);
    for (const key of [...this.#open.keys()].slice(0, -1)) {
      if (bytes <= this.#bytesMax) return;
      const held = this.#bytes.get(key);
      // Another that is on its way counts once it is here.
      if (held === undefined) continue;
      bytes -= held;
      this.#bytes.delete(key);
      this.#open.delete(key);
    }
  }
}
