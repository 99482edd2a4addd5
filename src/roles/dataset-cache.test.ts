/** Datasets by everything that fixes them, over one token stream. */
import { expect, it } from 'vitest';
import { MemoryWorld } from '../adapters/memory/world.ts';
import { openLedger } from '../adapters/open.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { encodeTokenStream, pageCount } from '../compute/data/pages.ts';
import type { ArtifactInfo, Artifacts } from '../commands/ports/artifacts.ts';
import type { Dataset } from '../projections/books.ts';
import { artifactNamed, LEDGER } from '../testing/desk.ts';
import { DatasetCache, pagesRootOf } from './dataset-cache.ts';

async function anArtifactStore(): Promise<Artifacts> {
  const memory = new MemoryWorld(systemClock);
  return (await openLedger('memory:', LEDGER, { memory })).artifacts;
}

function cut(dataset: string, tokens: ArtifactInfo, stream: Uint8Array, pageTokens: number) {
  return {
    dataset,
    title: dataset,
    tokenizer: artifactNamed('tokenizer'),
    vocabSize: 128,
    tokens,
    pageTokens,
    pages: pageCount(stream, pageTokens),
    heldOutPages: 1,
    pagesRoot: pagesRootOf(stream, pageTokens),
  } satisfies Dataset;
}

it('keeps apart two datasets that cut one token stream differently', async () => {
  const artifacts = await anArtifactStore();
  const stream = encodeTokenStream(Uint16Array.from({ length: 101 }, (_, i) => i));
  const tokens = await artifacts.put(stream);
  const cache = new DatasetCache(artifacts);
  const short = await cache.open(cut('short', tokens, stream, 10));
  const long = await cache.open(cut('long', tokens, stream, 20));
  expect(short.page(1)[0]).toBe(10);
  expect(long.page(1)[0]).toBe(20);
  expect(await cache.open(cut('short again', tokens, stream, 10))).toBe(short);
});

it('lets go of the one used longest ago where they are too many bytes, and reads it again', async () => {
  const artifacts = await anArtifactStore();
  const read: string[] = [];
  const counted: Artifacts = {
    ...artifacts,
    get: (digest) => {
      read.push(digest);
      return artifacts.get(digest);
    },
  };
  const several = await Promise.all(
    [0, 1, 2].map(async (first) => {
      const stream = encodeTokenStream(Uint16Array.from({ length: 101 }, (_, i) => first + i));
      return cut(`from ${first}`, await artifacts.put(stream), stream, 10);
    }),
  );
  const [a, b, c] = several as [Dataset, Dataset, Dataset];
  const readFor = async (cache: DatasetCache, order: readonly Dataset[]): Promise<string[]> => {
    read.length = 0;
    for (const dataset of order)
      expect((await cache.open(dataset)).page(1)[0]).toBe(10 + several.indexOf(dataset));
    return read.map(
      (digest) => several.find(({ tokens }) => tokens.digest === digest)?.dataset ?? '',
    );
  };
  const twoOfThem = 2 * a.tokens.sizeBytes;
  const order = [a, b, a, c, a, b, c];
  expect(await readFor(new DatasetCache(counted, null, twoOfThem), order)).toEqual(
    [a, b, c, b, c].map(({ dataset }) => dataset),
  );
  // Never the last one, however large.
  expect(await readFor(new DatasetCache(counted, null, 1), [a, a, b, b, a])).toEqual(
    [a, b, a].map(({ dataset }) => dataset),
  );
  expect(await readFor(new DatasetCache(counted), order)).toEqual(
    [a, b, c].map(({ dataset }) => dataset),
  );
});
