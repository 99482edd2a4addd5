/** The browser's check of a proof against the tree that the ledger's own code builds. */
import { describe, expect, it } from 'vitest';
import { leafHash } from '../../events/merkle.ts';
import { inclusionProof, rootAt, subtreesOf } from '../../events/proofs.ts';
import { includes } from './merkle.js';

const hex = (hash: Uint8Array): string => Buffer.from(hash).toString('hex');
const texts = Array.from({ length: 21 }, (_, index) => `entry ${index}`);
const subtree = subtreesOf(texts.map((text) => leafHash(Buffer.from(text))));
const proofOf = (index: number, size: number) => ({
  index,
  size,
  path: inclusionProof(index, size, subtree).map(hex),
  rootHex: hex(rootAt(size, subtree)),
});

describe('inclusion in the browser', () => {
  it('holds for every leaf of every tree', async () => {
    for (let size = 1; size <= texts.length; size += 1)
      for (let index = 0; index < size; index += 1)
        expect(await includes(texts[index] ?? '', proofOf(index, size))).toBe(true);
  });

  it('fails for another text, place, size, path or root', async () => {
    const proof = proofOf(11, 21);
    const [first = '', ...others] = proof.path;
    const text = texts[11] ?? '';
    expect(await includes('entry 12', proof)).toBe(false);
    for (const change of [
      { index: 10 },
      { index: 21 },
      { size: 16 },
      { path: others },
      { path: [...proof.path, first] },
      { path: [first.replace(/^../, 'ff'), ...others] },
      { rootHex: hex(rootAt(20, subtree)) },
    ])
      expect(await includes(text, { ...proof, ...change }), JSON.stringify(change)).toBe(false);
  });
});
