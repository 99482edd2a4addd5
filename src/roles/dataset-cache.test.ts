/** Datasets by everything that fixes them, over one token stream. */
import { expect, it } from 'vitest';
import { MemoryWorld } from '../adapters/memory/world.ts';
import { openLedger } from '../adapters/open.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { encodeTokenStream, pageCount } from '../compute/data/pages.ts';
import type { Dataset } from '../projections/books.ts';
import { artifactNamed, LEDGER } from '../testing/desk.ts';
import { DatasetCache, pagesRootOf } from './dataset-cache.ts';

it('keeps apart two datasets that cut one token stream differently', async () => {
  const memory = new MemoryWorld(systemClock);
  const { artifacts } = await openLedger('memory:', LEDGER, { memory });
  const stream = encodeTokenStream(Uint16Array.from({ length: 101 }, (_, i) => i));
  const tokens = await artifacts.put(stream);
  const cut = (dataset: string, pageTokens: number): Dataset => ({
    dataset,
    title: dataset,
    tokenizer: artifactNamed('tokenizer'),
    vocabSize: 128,
    tokens,
    pageTokens,
    pages: pageCount(stream, pageTokens),
    heldOutPages: 1,
    pagesRoot: pagesRootOf(stream, pageTokens),
  });
  const cache = new DatasetCache(artifacts);
  const [short, long] = [await cache.open(cut('short', 10)), await cache.open(cut('long', 20))];
  expect(short.page(1)[0]).toBe(10);
  expect(long.page(1)[0]).toBe(20);
  expect(await cache.open(cut('short again', 10))).toBe(short);
});
