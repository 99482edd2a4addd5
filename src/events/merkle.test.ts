import * as fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { MAX_ENTRY_BYTES } from './commit.ts';
import { sha256 } from './digest.ts';
import { CompactRange, emptyRoot, leafHash, nodeHash } from './merkle.ts';
import type { Hash } from './merkle.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** The eight leaves and roots of Certificate Transparency's reference tests (merkle_tree_test). */
const LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((text) => Buffer.from(text, 'hex'));
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

/** RFC 6962 section 2.1, word for word and slow. */
function rootByDefinition(leaves: readonly Uint8Array[]): Hash {
  const [only] = leaves;
  if (only === undefined) return sha256(new Uint8Array(0));
  if (leaves.length === 1) return sha256(Buffer.concat([Uint8Array.of(0), only]));
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  const left = rootByDefinition(leaves.slice(0, k));
  const right = rootByDefinition(leaves.slice(k));
  return sha256(Buffer.concat([Uint8Array.of(1), left, right]));
}

describe('RFC 6962 tree', () => {
  it('has the reference roots', () => {
    const range = CompactRange.empty();
    expect(hex(range.root())).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
    expect(range.root()).toEqual(emptyRoot());
    for (const [index, leaf] of LEAVES.entries()) {
      range.append(leafHash(leaf));
      expect(hex(range.root())).toBe(ROOTS[index]);
      expect(range.size).toBe(index + 1);
    }
  });

  it('equals the definition at every size, appended to or restored', () => {
    const leaves: Uint8Array[] = [];
    let range = CompactRange.empty();
    for (let size = 0; size <= 70; size++) {
      expect(range.root()).toEqual(rootByDefinition(leaves));
      const restored = CompactRange.deserialise(
        JSON.parse(JSON.stringify(range.serialise())) as ReturnType<CompactRange['serialise']>,
      );
      if (E.isLeft(restored)) throw new Error(restored.left.message);
      expect(restored.right.size).toBe(size);
      range = restored.right;
      const leaf = Buffer.from(`entry ${size}`);
      leaves.push(leaf);
      range.append(leafHash(leaf));
    }
  });

  it('hashes entries of any length, and two in a row without mixing them', () => {
    for (const length of [0, 1, 300, MAX_ENTRY_BYTES, MAX_ENTRY_BYTES + 1, 2]) {
      const bytes = new Uint8Array(length).fill(length & 0xff);
      expect(leafHash(bytes)).toEqual(sha256(Buffer.concat([Uint8Array.of(0), bytes])));
    }
    const [a, b] = [leafHash(Uint8Array.of(1)), leafHash(Uint8Array.of(2))];
    expect(nodeHash(a, b)).toEqual(sha256(Buffer.concat([Uint8Array.of(1), a, b])));
  });

  it('clones without sharing', () => {
    const range = CompactRange.empty();
    range.append(leafHash(Uint8Array.of(1)));
    const copy = range.clone();
    copy.append(leafHash(Uint8Array.of(2)));
    expect(hex(range.root())).toBe(hex(leafHash(Uint8Array.of(1))));
    expect([range.size, copy.size]).toEqual([1, 2]);
  });

  it('restores nothing but a well-formed range', () => {
    const read = (stored: unknown): string => {
      const range = CompactRange.deserialise(stored as never);
      return E.isLeft(range) ? range.left.code : 'accepted';
    };
    const hash = Buffer.alloc(32).toString('base64');
    expect(read(null)).toBe('range_malformed');
    expect(read('')).toBe('range_malformed');
    expect(read({ size: 3, hashes: [hash, hash] })).toBe('accepted');
    expect(read({ size: 2 ** 40, hashes: [hash] })).toBe('accepted');
    expect(read({ size: 4, hashes: [hash, hash] })).toBe('range_malformed');
    expect(read({ size: 3, hashes: [hash, hash.slice(1)] })).toBe('range_malformed');
    expect(read({ size: -1, hashes: [] })).toBe('range_malformed');
    fc.assert(
      fc.property(
        fc.record({ size: fc.anything(), hashes: fc.anything() }),
        (stored) => read(stored) === 'range_malformed' || stored.size === 0,
      ),
    );
  });
});
