/** What stands in for Node's cryptography in a browser gives Node's answers. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as nodeKeys from '../events/ed25519.ts';
import * as nodeHash from '../events/sha256.ts';
import * as nodeThreads from '../roles/audit/signature-threads.ts';
import { wholeStory } from '../testing/story.ts';
import * as keys from './ed25519.ts';
import * as hash from './sha256.ts';
import * as threads from './signature-threads.ts';

const some = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

describe('digests', () => {
  it('are the same, in storage of their own', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(hash.sha256(bytes)).toEqual(nodeHash.sha256(bytes));
        expect(hash.sha256Hex(bytes)).toBe(nodeHash.sha256Hex(bytes));
      }),
    );
    expect(hash.sha256(new Uint8Array()).buffer.byteLength).toBe(32);
  });
});

describe('signatures', () => {
  it('are the same, and hold in both or in neither', () => {
    fc.assert(
      fc.property(some(32), fc.uint8Array({ maxLength: 90 }), fc.nat(63), (secret, message, at) => {
        const [own, node] = [keys.ed25519Pair(secret), nodeKeys.ed25519Pair(secret)];
        expect([...own.publicKey]).toEqual([...node.publicKey]);
        const signature = own.sign(message);
        expect([...signature]).toEqual([...node.sign(message)]);
        const key = keys.importEd25519(own.publicKey);
        expect(keys.verifyEd25519(key, message, signature)).toBe(true);
        const damaged = Uint8Array.from(signature);
        damaged[at] = (damaged[at] ?? 0) ^ 1;
        expect(keys.verifyEd25519(key, message, damaged)).toBe(false);
      }),
      { numRuns: 8 },
    );
  });

  it('agree on keys and signatures that nobody made', () => {
    fc.assert(
      fc.property(some(32), some(64), (key, signature) => {
        const message = Uint8Array.of(1);
        const own = keys.verifyEd25519(keys.importEd25519(key), message, signature);
        const node = nodeKeys.verifyEd25519(nodeKeys.importEd25519(key), message, signature);
        expect(own).toBe(node);
      }),
      { numRuns: 20 },
    );
  });

  it('with s not below the order of the group do not hold', () => {
    const pair = keys.ed25519Pair(new Uint8Array(32).fill(7));
    const message = Uint8Array.of(1, 2, 3);
    const signature = pair.sign(message);
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    let s = 0n;
    for (let at = 63; at >= 32; at -= 1) s = (s << 8n) | BigInt(signature[at] ?? 0);
    for (let at = 32, rest = s + order; at < 64; at += 1, rest >>= 8n)
      signature[at] = Number(rest & 255n);
    const verified = [
      keys.verifyEd25519(keys.importEd25519(pair.publicKey), message, signature),
      nodeKeys.verifyEd25519(nodeKeys.importEd25519(pair.publicKey), message, signature),
    ];
    expect(verified).toEqual([false, false]);
  });

  it('of a recording are counted alike, and the first bad one is named', async () => {
    const { desk } = wholeStory();
    const lines = desk.lines.slice(0, 60);
    const [own, node] = [threads.signatureThreadHere(), nodeThreads.signatureThreadHere()];
    const piece = (these: readonly Uint8Array[]): Uint8Array<ArrayBuffer> =>
      new Uint8Array(Buffer.concat(these.flatMap((line) => [line, Buffer.from('\n')])));
    const same = await node.verify(piece(lines));
    expect(same.signed).toBeGreaterThan(20);
    expect(await own.verify(piece(lines))).toEqual(same);
    const bad = lines.findLastIndex((line) => new TextDecoder().decode(line).includes('"sig":'));
    const text = new TextDecoder().decode(lines[bad]);
    const forged = lines.with(bad, new TextEncoder().encode(withOtherSignature(text)));
    expect(await own.verify(piece(forged))).toEqual({ signed: same.signed - 1, firstBad: bad });
    expect(await node.verify(piece(forged))).toEqual({ signed: same.signed - 1, firstBad: bad });
  });
});

const withOtherSignature = (line: string): string =>
  line.replace(/"sig":"(.)/, (_, first: string) => `"sig":"${first === 'A' ? 'B' : 'A'}`);
