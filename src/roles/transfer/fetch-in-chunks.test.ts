/** Chunk lists and the fetch over them, with sources in memory: honest, lying, corrupting, away. */
import { isLeft, isRight } from 'fp-ts/lib/Either.js';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../events/digest.ts';
import { VirtualClock } from '../../adapters/memory/virtual-clock.ts';
import {
  corrupting,
  failingAfter,
  honest,
  lyingOf,
  noise,
  readableOf,
} from '../../testing/chunk-sources.ts';
import {
  asChunkList,
  ChunkDigests,
  decodeChunk,
  encodeChunk,
  isChunkOf,
  pathLength,
} from './chunk-list.ts';
import type { ChunkSource } from './chunk-source.ts';
import { fetchInChunks } from './fetch-in-chunks.ts';
import { Holdings } from './holdings.ts';
import { MemoryShelf } from './shelf.ts';

const SIZE = 1024;
const bytes = noise(10 * SIZE + 17, 1);
const artifact = { digest: digestOf(bytes), sizeBytes: bytes.length };

function fetching(
  sources: ChunkSource[],
  shelf = new MemoryShelf(),
  signal = new AbortController().signal,
) {
  const clock = new VirtualClock(0);
  const fetched = fetchInChunks({ artifact, sources, shelf, clock, signal });
  // Pauses between attempts pass at once.
  const passing = setInterval(() => clock.advance(10_000), 1);
  return fetched.finally(() => clearInterval(passing));
}

async function isWhole(shelf: MemoryShelf): Promise<boolean> {
  const whole = await shelf.get(artifact.digest);
  return whole !== null && digestOf(whole) === artifact.digest;
}

describe('a chunk list', () => {
  it('proves each chunk, and nothing else, whatever the size', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40_000 }),
        fc.integer({ min: 1024, max: 9000 }),
        fc.nat(),
        (sizeBytes, chunkBytes, pick) => {
          const whole = noise(sizeBytes, pick);
          const digests = new ChunkDigests();
          for (let at = 0; at < sizeBytes; at += chunkBytes)
            digests.add(whole.subarray(at, at + chunkBytes));
          const tree = digests.finish(chunkBytes);
          const { list } = tree;
          expect(list.digest).toBe(digestOf(whole));
          expect(asChunkList(JSON.parse(JSON.stringify(list)))).toEqual(list);
          const index = pick % list.count;
          const path = tree.path(index);
          expect(path).toHaveLength(pathLength(index, list.count));
          const part = whole.subarray(index * chunkBytes, (index + 1) * chunkBytes);
          const chunk = decodeChunk(list, index, encodeChunk({ path, bytes: part }));
          expect(chunk !== null && isChunkOf(list, index, chunk)).toBe(true);
          const flipped = Uint8Array.from(part);
          flipped[pick % flipped.length] = (flipped[pick % flipped.length] ?? 0) ^ 1;
          expect(isChunkOf(list, index, { path, bytes: flipped })).toBe(false);
          if (list.count > 1)
            expect(isChunkOf(list, (index + 1) % list.count, { path, bytes: part })).toBe(false);
          expect(
            decodeChunk(list, index, encodeChunk({ path, bytes: part }).subarray(1)),
          ).toBeNull();
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each([
    ['nothing', null],
    ['another count', { count: 4 }],
    ['tiny chunks', { chunkBytes: 1, count: 3000 }],
    ['a huge artifact', { sizeBytes: 2 ** 50 }],
    ['a fraction', { sizeBytes: 2.5 }],
    ['a short root', { root: 'ab' }],
    ['a digest of another kind', { digest: 'md5:00' }],
  ])('is not taken from a stranger with %s', (_, said) => {
    const list = {
      digest: artifact.digest,
      sizeBytes: 3000,
      chunkBytes: 1024,
      count: 3,
      root: '00'.repeat(32),
    };
    expect(asChunkList(list)).toEqual(list);
    expect(asChunkList(said === null ? null : { ...list, ...said })).toBeNull();
  });
});

describe('fetching in chunks', () => {
  it('gives the artifact, from a source that has it', async () => {
    for (const size of [0, 1, SIZE, SIZE + 1, 4 * SIZE]) {
      const file = noise(size, size);
      const one = { digest: digestOf(file), sizeBytes: size };
      const shelf = new MemoryShelf();
      const { signal } = new AbortController();
      const sources = [honest('a', SIZE, file)];
      const got = await fetchInChunks({
        artifact: one,
        sources,
        shelf,
        clock: new VirtualClock(0),
        signal,
      });
      expect(isRight(got)).toBe(true);
      expect(digestOf((await shelf.get(one.digest)) ?? noise(3, 3))).toBe(one.digest);
    }
  });

  it('refuses a corrupt chunk, leaves the cursor and asks the next source', async () => {
    const shelf = new MemoryShelf();
    const sources = [corrupting(honest('bad', SIZE, bytes), 3), honest('good', SIZE, bytes)];
    const got = await fetching(sources, shelf);
    expect(got).toMatchObject({
      right: {
        resumedAt: 0,
        from: [
          { name: 'bad', chunks: 3 },
          { name: 'good', chunks: 8 },
        ],
        refused: [{ source: 'bad', problem: { code: 'chunk_corrupt' } }],
      },
    });
    expect(await isWhole(shelf)).toBe(true);
  });

  it('keeps its cursor where no source is left, and goes on from there', async () => {
    const shelf = new MemoryShelf();
    const got = await fetching([corrupting(honest('bad', SIZE, bytes), 5)], shelf);
    expect(got).toMatchObject({
      left: { code: 'sources_exhausted', refused: [{ source: 'bad' }] },
    });
    expect(await shelf.begun(artifact.digest)).toMatchObject({ next: 5 });
    const again = await fetching([honest('good', SIZE, bytes)], shelf);
    expect(again).toMatchObject({ right: { resumedAt: 5, from: [{ name: 'good', chunks: 6 }] } });
  });

  it('finds a false root at the end, and convicts those who named it', async () => {
    const shelf = new MemoryShelf();
    const other = noise(bytes.length, 9);
    const liars = ['liar-1', 'liar-2'].map((name) => lyingOf(name, SIZE, artifact.digest, other));
    const got = await fetching([...liars, honest('good', SIZE, bytes)], shelf);
    expect(got).toMatchObject({
      right: {
        refused: [
          { source: 'liar-1', problem: { code: 'root_false' } },
          { source: 'liar-2', problem: { code: 'root_false' } },
        ],
      },
    });
    expect(await isWhole(shelf)).toBe(true);
    const alone = await fetching([lyingOf('liar', SIZE, artifact.digest, other)]);
    expect(alone).toMatchObject({ left: { refused: [{ problem: { code: 'root_false' } }] } });
  });

  it('asks again whoever does not answer, then another, and calls nobody a liar for it', async () => {
    const convicted = new Map();
    const away = failingAfter(honest('away', SIZE, bytes), 4);
    const shelf = new MemoryShelf();
    const got = await fetching([away, honest('good', SIZE, bytes)], shelf);
    expect(got).toMatchObject({
      right: { refused: [{ source: 'away', problem: { code: 'source_unreachable' } }] },
    });
    expect(away.calls).toBeGreaterThanOrEqual(4 + 3);
    expect(convicted.size).toBe(0);
  });

  it('does not ask a convicted source again', async () => {
    const convicted = new Map([['bad', { code: 'chunk_corrupt', message: 'before' } as const]]);
    const { signal } = new AbortController();
    const options = {
      artifact,
      shelf: new MemoryShelf(),
      clock: new VirtualClock(0),
      signal,
      convicted,
    };
    const got = await fetchInChunks({ ...options, sources: [honest('bad', SIZE, bytes)] });
    expect(got).toMatchObject({ left: { code: 'sources_exhausted' } });
  });

  it('takes no source at its word about the size', async () => {
    const longer = noise(bytes.length + 1, 4);
    const got = await fetching([lyingOf('liar', SIZE, artifact.digest, longer)]);
    expect(got).toMatchObject({ left: { refused: [{ problem: { code: 'answer_malformed' } }] } });
  });

  it('blames nobody for bytes that were damaged on the shelf', async () => {
    class Rotting extends MemoryShelf {
      rotten = 1;
      override async *chunks(...of: Parameters<MemoryShelf['chunks']>) {
        for await (const chunk of super.chunks(...of))
          yield this.rotten-- > 0 ? noise(chunk.length, 8) : chunk;
      }
    }
    const once = new Rotting();
    expect(await fetching([honest('good', SIZE, bytes)], once)).toMatchObject({
      right: { refused: [] },
    });
    const always = new Rotting();
    always.rotten = 1e9;
    const got = await fetching([honest('good', SIZE, bytes)], always);
    expect(isLeft(got) && got.left.message).toContain('the shelf loses bytes');
    expect(isLeft(got) && got.left.refused).toEqual([]);
  });

  it('whatever mix of sources there is, ends with the artifact or with the cursor kept', async () => {
    const kinds = ['good', 'corrupt', 'lying', 'away'] as const;
    const other = noise(bytes.length, 77);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ kind: fc.constantFrom(...kinds), at: fc.nat(10) }), { maxLength: 5 }),
        async (mix) => {
          const sources = mix.map(({ kind, at }, i) => {
            const source = honest(`s${i}`, SIZE, bytes);
            if (kind === 'corrupt') return corrupting(source, at);
            if (kind === 'lying') return lyingOf(`s${i}`, SIZE, artifact.digest, other);
            return kind === 'away' ? failingAfter(source, at) : source;
          });
          const shelf = new MemoryShelf();
          const got = await fetching(sources, shelf);
          expect(await isWhole(shelf)).toBe(isRight(got));
          if (mix.some(({ kind }) => kind === 'good')) expect(isRight(got)).toBe(true);
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe('holdings', () => {
  it('serve nothing whose bytes are not what they are filed under', async () => {
    const broken = { get: async () => noise(5000, 2) };
    await expect(new Holdings(broken, SIZE).tree(artifact.digest)).rejects.toMatchObject({
      code: 'artifact_corrupt',
    });
    await expect(new Holdings(readableOf([]), SIZE).tree(artifact.digest)).rejects.toMatchObject({
      code: 'artifact_missing',
    });
  });
});
