import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyCharacter } from '../testing/any-character.ts';
import { Buffer as StandIn } from './buffer.ts';

const ENCODINGS = ['utf8', 'hex', 'base64', 'latin1', 'binary'] as const;
const bytes = fc.uint8Array({ maxLength: 40 });
/** Text that is some encoding's, and text that is none's. */
const text = fc.oneof(
  fc.string({ unit: anyCharacter, maxLength: 40 }),
  fc.string({ maxLength: 40 }),
  bytes.map((some) => Buffer.from(some).toString('hex')),
  bytes.map((some) => Buffer.from(some).toString('base64')),
  fc.base64String({ maxLength: 40 }).map((some) => some.replace(/=+$/, '')),
);
const encoding = fc.constantFrom(...ENCODINGS);

const plain = (view: Uint8Array): number[] => [...view];

describe('the stand-in for Buffer answers as Buffer does', () => {
  it('from text', () => {
    fc.assert(
      fc.property(text, encoding, (some, how) => {
        // Of what is beyond Latin 1, Node's decoders read the low bytes; it never prints so again.
        fc.pre((how !== 'hex' && how !== 'base64') || /^[\0-\x7f]*$/.test(some));
        expect(plain(StandIn.from(some, how))).toEqual(plain(Buffer.from(some, how)));
      }),
    );
  });

  it('to text, also of bytes that are no text', () => {
    fc.assert(
      fc.property(bytes, encoding, (some, how) => {
        expect(StandIn.from(some).toString(how)).toBe(Buffer.from(some).toString(how));
      }),
    );
    const bom = Uint8Array.of(0xef, 0xbb, 0xbf, 0x61);
    expect(StandIn.from(bom).toString()).toBe(Buffer.from(bom).toString());
    const long = Uint8Array.from({ length: 20_000 }, (_, index) => index);
    expect(StandIn.from(long).toString('latin1')).toBe(Buffer.from(long).toString('latin1'));
  });

  it('when comparing, joining, counting and cutting', () => {
    fc.assert(
      fc.property(bytes, bytes, fc.nat(50), fc.integer({ min: -50, max: 50 }), (a, b, from, to) => {
        expect(StandIn.compare(a, b)).toBe(Buffer.compare(a, b));
        expect(plain(StandIn.concat([a, b]))).toEqual(plain(Buffer.concat([a, b])));
        for (const cut of ['slice', 'subarray'] as const)
          expect(plain(StandIn.from(a)[cut](from, to))).toEqual(
            plain(Buffer.from(a)[cut](from, to)),
          );
      }),
    );
    fc.assert(
      fc.property(text, (some) => {
        expect(StandIn.byteLength(some)).toBe(Buffer.byteLength(some));
      }),
    );
  });

  it('in what is a copy and what a view', () => {
    const own = Uint8Array.of(1, 2, 3);
    const copy = StandIn.from(own);
    const view = StandIn.from(own.buffer, 1, 2);
    own[1] = 9;
    expect(plain(copy)).toEqual([1, 2, 3]);
    expect(plain(view)).toEqual([9, 3]);
    copy.slice(1)[0] = 7;
    expect(plain(copy)).toEqual([1, 7, 3]);
    expect(StandIn.alloc(3).subarray(1)).toBeInstanceOf(StandIn);
  });

  it('with numbers', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 9, maxLength: 9 }), (some) => {
        const [own, node] = [StandIn.from(some), Buffer.from(some)];
        for (const name of [
          'readUInt32LE',
          'readBigUInt64LE',
          'readBigUInt64BE',
          'readDoubleBE',
        ] as const)
          expect(own[name](1)).toEqual(node[name](1));
        expect(own.writeUInt32LE(4_000_000_000, 2)).toBe(node.writeUInt32LE(4_000_000_000, 2));
        expect(own.writeBigUInt64BE(2n ** 63n, 1)).toBe(node.writeBigUInt64BE(2n ** 63n, 1));
        expect(plain(own)).toEqual(plain(node));
      }),
    );
  });
});
