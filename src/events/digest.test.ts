import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf, isDigest, sha256 } from './digest.ts';

describe('SHA-256', () => {
  it('is that of FIPS 180 and of the other road through node:crypto', () => {
    const abc = new TextEncoder().encode('abc');
    expect(digestOf(abc)).toBe(
      'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const hex = createHash('sha256').update(bytes).digest('hex');
        expect(Buffer.from(sha256(bytes)).toString('hex')).toBe(hex);
        expect(digestOf(bytes)).toBe(`sha256:${hex}`);
      }),
    );
  });

  it('has one spelling', () => {
    const digest = digestOf(new Uint8Array(0));
    expect(isDigest(digest)).toBe(true);
    expect(isDigest(digest.toUpperCase())).toBe(false);
    expect(isDigest(`${digest}0`)).toBe(false);
    expect(isDigest(`${digest}\n`)).toBe(false);
    expect(isDigest(digest.slice(7))).toBe(false);
    expect(isDigest(null)).toBe(false);
  });
});
