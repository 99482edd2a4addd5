/** Single pages in place of the whole stream: the same tokens, from whoever can prove them. */
import * as E from 'fp-ts/lib/Either.js';
import { expect, it } from 'vitest';
import { encodeTokenStream, pageBytes } from '../compute/data/pages.ts';
import { digestOf } from '../events/digest.ts';
import { artifactNamed } from '../testing/desk.ts';
import { DatasetCache, pagesReceipt, pagesRootOf } from './dataset-cache.ts';
import type { PageSource } from './page-source.ts';
import { PageFetcher } from './page-source.ts';

const stream = encodeTokenStream(Uint16Array.from({ length: 8 * 10 + 1 }, (_, i) => i % 64));
const dataset = {
  dataset: 'd',
  title: 'd',
  tokenizer: artifactNamed('tokenizer'),
  vocabSize: 64,
  tokens: { digest: digestOf(stream), sizeBytes: stream.length },
  pageTokens: 8,
  pages: 10,
  heldOutPages: 2,
  pagesRoot: pagesRootOf(stream, 8),
};

function source(name: string, answer: PageSource['page']): PageSource & { asked: number } {
  const one = {
    name,
    asked: 0,
    page: (...call: Parameters<PageSource['page']>) => ((one.asked += 1), answer(...call)),
  };
  return one;
}
const good = () => source('good', async (_, index) => E.right(pageBytes(stream, 8, index)));
const lacking = (code: 'not_held' | 'chunk_corrupt') =>
  source(code, async () => E.left({ code, message: code }));

function store() {
  let reads = 0;
  const get = async () => ((reads += 1), stream);
  const artifacts = { get } as unknown as ConstructorParameters<typeof DatasetCache>[0];
  return { artifacts, reads: () => reads };
}

it('come one by one, each once, and the store is not asked', async () => {
  const { artifacts, reads } = store();
  const [bad, none, one] = [lacking('chunk_corrupt'), lacking('not_held'), good()];
  const cache = new DatasetCache(artifacts, new PageFetcher([bad, none, one]));
  const pages = await cache.pages(dataset, [3, 0, 3]);
  expect(pages.map((page) => page[0])).toEqual([24, 0, 24]);
  await cache.pages(dataset, [0, 3]);
  expect([bad.asked, none.asked, one.asked, reads()]).toEqual([1, 2, 2, 0]);
  expect(pagesReceipt(pages)).toBe(
    pagesReceipt(await new DatasetCache(artifacts).pages(dataset, [3, 0, 3])),
  );
  expect(pagesReceipt(pages)).not.toBe(pagesReceipt(await cache.pages(dataset, [0, 3, 3])));
});

it('come out of the whole stream where nobody has them, and where it is here anyway', async () => {
  const { artifacts, reads } = store();
  const cache = new DatasetCache(artifacts, new PageFetcher([lacking('not_held')]));
  expect((await cache.pages(dataset, [5]))[0]?.[0]).toBe(40);
  expect(reads()).toBe(1);
  const asked = good();
  const open = new DatasetCache(artifacts, new PageFetcher([asked]));
  await open.open(dataset);
  await open.pages(dataset, [1, 2]);
  expect(asked.asked).toBe(0);
});

it('of all the pages in order the receipt is the root of the data set', async () => {
  const pages = await new DatasetCache(store().artifacts).pages(dataset, [...Array(10).keys()]);
  expect(pagesReceipt(pages)).toBe(dataset.pagesRoot);
});
