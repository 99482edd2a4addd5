/**
 * Datasets as they are used: fetched by digest, checked against the Merkle root that the ledger
 * fixed, kept for the process's life. A page that is handed out is one that the root vouches for.
 */
import { encodeTokenStream, pageBytes, pageCount, readPage } from '../compute/data/pages.ts';
import { CompactRange, leafHash } from '../events/merkle.ts';
import type { Artifacts } from '../commands/ports/artifacts.ts';
import { Fault } from '../commands/ports/fault.ts';
import type { Dataset } from '../projections/books.ts';

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

export class DatasetCache {
  readonly #artifacts: Artifacts;
  /** By everything that fixes what a page is: two datasets may cut one token stream differently. */
  readonly #open = new Map<string, Promise<OpenDataset>>();

  constructor(artifacts: Artifacts) {
    this.#artifacts = artifacts;
  }

  /** @throws Fault artifact_missing | artifact_corrupt */
  open(dataset: Dataset): Promise<OpenDataset> {
    const { tokens, pageTokens, pages, pagesRoot } = dataset;
    const key = [tokens.digest, pageTokens, pages, pagesRoot].join(' ');
    let opening = this.#open.get(key);
    if (opening === undefined) {
      opening = this.#load(dataset);
      this.#open.set(key, opening);
      // A passing fault must not be remembered as the answer.
      opening.catch(() => this.#open.delete(key));
    }
    return opening;
  }

  async #load({ tokens, pageTokens, pages, pagesRoot }: Dataset): Promise<OpenDataset> {
    const stream = await this.#artifacts.get(tokens.digest);
    if (pageCount(stream, pageTokens) !== pages || pagesRootOf(stream, pageTokens) !== pagesRoot)
      throw new Fault('artifact_corrupt', 'the token stream is not the one its pages root names', {
        retryable: false,
      });
    return { page: (index) => readPage(pageBytes(stream, pageTokens, index), pageTokens) };
  }
}
