/** A file of entries gives its own bytes, wherever it is cut, and says why where it cannot. */
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { openEntries } from './recorded-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'recorded-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

const bytes = Uint8Array.from({ length: 5000 }, (_, at) => (at * 7) % 256);
const bytesOf = async (file: { arrayBuffer(): Promise<ArrayBuffer> }) =>
  new Uint8Array(await file.arrayBuffer());

const base = join(folder, 'run');
writeFileSync(`${base}.ndjson`, bytes);

it('is the file, whole and in any slice of a slice', async () => {
  const file = openEntries(`${base}.ndjson`);
  expect(file.size).toBe(bytes.byteLength);
  expect(await bytesOf(file)).toEqual(bytes);
  await fc.assert(
    fc.asyncProperty(fc.nat(6000), fc.nat(6000), fc.nat(900), async (from, length, inner) => {
      const blob = new Blob([bytes]).slice(from, from + length);
      const slice = file.slice(from, from + length);
      expect(slice.size).toBe(blob.size);
      expect(await bytesOf(slice)).toEqual(await bytesOf(blob));
      const part = slice.slice(inner, inner + 50);
      expect(await bytesOf(part)).toEqual(await bytesOf(blob.slice(inner, inner + 50)));
    }),
  );
  file.close();
});

it('says why it cannot be read: absent, a folder, cut while it is read', async () => {
  expect(() => openEntries(join(folder, 'other'))).toThrow('there is no such file');
  mkdirSync(join(folder, 'folder.ndjson'));
  expect(() => openEntries(join(folder, 'folder'))).toThrow('it is a folder');
  const file = openEntries(base);
  truncateSync(`${base}.ndjson`, 100);
  await expect(bytesOf(file)).rejects.toThrow('it became shorter while it was read');
  file.close();
});
