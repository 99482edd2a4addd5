/**
 * The contract of `Artifacts`, run by every adapter's test against the real thing. `corrupt` reaches
 * behind the port and replaces what is stored under a digest, as bit rot or a thief would.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collect, rejection } from './collect.ts';
import type { Artifacts } from '../../commands/ports/artifacts.ts';
import { digestOf } from '../../events/digest.ts';
import type { Digest } from '../../events/ids.ts';

export interface ArtifactsBench {
  /** A further handle on the bench's store. */
  openArtifacts(): Promise<Artifacts>;
  corrupt(digest: Digest, bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Bytes without a pattern that a store could compress or repeat by accident. */
function noise(sizeBytes: number, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length: sizeBytes }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
}

export function describeArtifacts(name: string, openBench: () => Promise<ArtifactsBench>): void {
  describe(`artifacts: ${name}`, () => {
    let bench: ArtifactsBench;
    let artifacts: Artifacts;
    beforeEach(async () => {
      bench = await openBench();
      artifacts = await bench.openArtifacts();
    });
    afterEach(async () => {
      await bench.close();
    });

    it('stores bytes under their SHA-256 and gives them back', async () => {
      for (const bytes of [utf8('hello'), new Uint8Array(0), noise(700_001, 1)]) {
        const info = await artifacts.put(bytes);
        expect(info).toEqual({ digest: digestOf(bytes), sizeBytes: bytes.length });
        expect(digestOf(await artifacts.get(info.digest))).toBe(digestOf(bytes));
      }
    });

    it('shares them between handles', async () => {
      const { digest } = await artifacts.put(utf8('shared'));
      const other = await bench.openArtifacts();
      expect(await other.has(digest)).toBe(true);
      expect(digestOf(await other.get(digest))).toBe(digestOf(utf8('shared')));
    });

    it('stores the same bytes once', async () => {
      const first = await artifacts.put(utf8('same'));
      expect(await artifacts.put(utf8('same'))).toEqual(first);
      expect(await collect(artifacts.list())).toEqual([first]);
    });

    it('lists what is there', async () => {
      expect(await collect(artifacts.list())).toEqual([]);
      const infos = [await artifacts.put(noise(10, 1)), await artifacts.put(noise(2000, 2))];
      const listed = await collect(artifacts.list());
      const bySize = listed.toSorted((a, b) => a.sizeBytes - b.sizeBytes);
      expect(bySize).toEqual(infos);
    });

    it('answers artifact_missing for what is not there', async () => {
      const digest = digestOf(utf8('never stored'));
      expect(await artifacts.has(digest)).toBe(false);
      const fault = await rejection(artifacts.get(digest));
      expect(fault).toMatchObject({ name: 'Fault', code: 'artifact_missing' });
    });

    it('never returns bytes that do not have the digest', async () => {
      const bytes = noise(300_000, 3);
      const { digest } = await artifacts.put(bytes);
      const flipped = bytes.slice();
      flipped[299_999] = (flipped[299_999] ?? 0) ^ 1;
      for (const rotten of [flipped, bytes.slice(0, -1), new Uint8Array(0), utf8('other')]) {
        await bench.corrupt(digest, rotten);
        const fault = await rejection(artifacts.get(digest));
        expect(fault).toMatchObject({ name: 'Fault', code: 'artifact_corrupt' });
      }
    });

    it('puts damaged bytes right when the true ones are stored again, whatever their size', async () => {
      const bytes = noise(50_000, 4);
      const { digest } = await artifacts.put(bytes);
      const flipped = bytes.slice();
      flipped[7] = (flipped[7] ?? 0) ^ 1;
      for (const rotten of [flipped, bytes.slice(0, -1)]) {
        await bench.corrupt(digest, rotten);
        await artifacts.put(bytes);
        expect(digestOf(await artifacts.get(digest))).toBe(digest);
      }
    });

    it('takes many at once, and the same one from many sides at once', async () => {
      const other = await bench.openArtifacts();
      const different = Array.from({ length: 12 }, (_, n) => noise(20_000, n + 10));
      const same = noise(200_000, 99);
      await Promise.all([
        ...different.map((bytes, n) => (n % 2 === 0 ? artifacts : other).put(bytes)),
        ...Array.from({ length: 6 }, (_, n) => (n % 2 === 0 ? artifacts : other).put(same)),
      ]);
      for (const bytes of [...different, same]) {
        expect(digestOf(await other.get(digestOf(bytes)))).toBe(digestOf(bytes));
      }
      expect(await collect(artifacts.list())).toHaveLength(13);
    });

    it('gives any part of an artifact, where it can, and says how large the whole is', async () => {
      if (artifacts.range === undefined) return;
      const bytes = noise(1_300_001, 5);
      const { digest } = await artifacts.put(bytes);
      const sizeBytes = bytes.length;
      for (const [start, length] of [
        [0, 1000],
        [524_287, 2],
        [0, sizeBytes],
        [700_000, 524_288],
        [sizeBytes - 10, 100],
        [1_100_000, 50_000],
        [sizeBytes, 5],
        [sizeBytes + 5, 5],
        [3, 0],
      ] as const) {
        const range = await artifacts.range(digest, start, length);
        expect(range.sizeBytes).toBe(sizeBytes);
        const expected = bytes.subarray(start, start + length);
        expect(Buffer.from(range.bytes).equals(Buffer.from(expected))).toBe(true);
      }
      const empty = await artifacts.put(new Uint8Array(0));
      expect(await artifacts.range(empty.digest, 0, 10)).toMatchObject({ sizeBytes: 0 });
      const fault = await rejection(artifacts.range(digestOf(utf8('never stored')), 0, 1));
      expect(fault).toMatchObject({ name: 'Fault', code: 'artifact_missing' });
    });

    it('keeps what it was given, whatever happens to the caller’s buffer', async () => {
      const bytes = Buffer.from('mutable'); // whose own slice() would be a view
      const { digest } = await artifacts.put(bytes);
      bytes.fill(0);
      (await artifacts.get(digest)).fill(0);
      expect(digestOf(await artifacts.get(digest))).toBe(digestOf(utf8('mutable')));
    });
  });
}
