/** The cache of a relay: each artifact comes from the store once, as long as there is room. */
import { expect, it } from 'vitest';
import { digestOf } from '../../events/digest.ts';
import { noise, readableOf } from '../../testing/chunk-sources.ts';
import type { Readable } from './holdings.ts';
import { RelayCache } from './relay-cache.ts';
import { MemoryShelf } from './shelf.ts';

const files = [1, 2, 3].map((seed) => noise(1000, seed));
const [a, b, c] = files.map((file) => digestOf(file)) as [never, never, never];

function counting(): Readable & { asked: string[] } {
  const inner = readableOf(files);
  const asked: string[] = [];
  return { asked, get: (digest) => (asked.push(digest), inner.get(digest)) };
}

it('asks the store once, and lets go of what was served longest ago', async () => {
  const store = counting();
  const shelf = new MemoryShelf();
  const cache = await RelayCache.open(store, shelf, 2000);
  const read = async (digest: never) => (await cache.range(digest, 10, 5)).bytes;
  expect(await Promise.all([read(a), read(a), read(b)])).toEqual([
    files[0]?.subarray(10, 15),
    files[0]?.subarray(10, 15),
    files[1]?.subarray(10, 15),
  ]);
  expect(store.asked).toEqual([a, b]);
  await read(a);
  await read(c);
  expect((await shelf.digests()).toSorted()).toEqual([a, c].toSorted());
  await read(a);
  expect(store.asked).toEqual([a, b, c]);
  const again = await RelayCache.open(store, shelf, 1000);
  expect(await shelf.digests()).toHaveLength(1);
  await expect(again.range(digestOf(noise(3, 3)), 0, 1)).rejects.toMatchObject({
    code: 'artifact_missing',
  });
});

it('passes on what is larger than it', async () => {
  const inner = readableOf(files);
  const store: Readable = {
    get: () => Promise.reject(new Error('never whole')),
    range: async (digest, start, length) => {
      const bytes = await inner.get(digest);
      return { bytes: bytes.subarray(start, start + length), sizeBytes: bytes.length };
    },
  };
  const cache = await RelayCache.open(store, new MemoryShelf(), 999);
  expect(await cache.range(b, 990, 100)).toEqual({
    bytes: files[1]?.subarray(990),
    sizeBytes: 1000,
  });
});
