import { fromPublic, fromSeed, createAccount, createOperator, createServer } from '@nats-io/nkeys';
import * as fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import type { ActorId } from './ids.ts';
import {
  decodePublicKey,
  encodePublicKey,
  generateKey,
  isActorId,
  keyFromSeed,
  publicKeyOf,
  verifySignature,
} from './nkey.ts';

const entropy = fc.uint8Array({ minLength: 32, maxLength: 32 });
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const codeOf = (result: E.Either<{ code: string }, unknown>): string =>
  E.isLeft(result) ? result.left.code : 'accepted';

describe('NKey text form', () => {
  it("agrees with the nkeys package on keys, seeds and signatures' meaning", () => {
    fc.assert(
      fc.property(entropy, fc.uint8Array({ maxLength: 64 }), (secret, message) => {
        const key = generateKey(secret);
        const theirs = fromSeed(utf8(key.seed()));
        expect(theirs.getPublicKey()).toBe(key.actor);
        expect(Buffer.from(theirs.getSeed()).toString()).toBe(key.seed());
        expect(theirs.verify(message, key.sign(message))).toBe(true);
        expect(verifySignature(key.actor, message, theirs.sign(message))).toBe(true);
      }),
      { numRuns: 8 }, // their arithmetic takes tens of milliseconds a signature
    );
  });

  it('signs as RFC 8032 section 7.1, test 2', () => {
    const key = generateKey(
      Buffer.from('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb', 'hex'),
    );
    expect(Buffer.from(publicKeyOf(key.actor)).toString('hex')).toBe(
      '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    );
    expect(Buffer.from(key.sign(Uint8Array.of(0x72))).toString('hex')).toBe(
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da' +
        '085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    );
  });

  it('decodes accounts and operators, which are no actors, and refuses servers', () => {
    const account = createAccount().getPublicKey();
    const operator = createOperator().getPublicKey();
    expect(decodePublicKey(account)).toMatchObject({ right: { kind: 'account' } });
    expect(decodePublicKey(operator)).toMatchObject({ right: { kind: 'operator' } });
    expect(isActorId(account)).toBe(false);
    expect(codeOf(decodePublicKey(createServer().getPublicKey()))).toBe('nkey_wrong_kind');
    expect(codeOf(keyFromSeed(Buffer.from(createAccount().getSeed()).toString()))).toBe(
      'nkey_wrong_kind',
    );
  });

  it('has one text per key: any change of a character is refused', () => {
    const key = generateKey(new Uint8Array(32).fill(3));
    fc.assert(
      fc.property(fc.nat(55), fc.string({ minLength: 1, maxLength: 1 }), (at, character) => {
        const changed = key.actor.slice(0, at) + character + key.actor.slice(at + 1);
        expect(isActorId(changed)).toBe(changed === key.actor);
        const seed = key.seed();
        const changedSeed = seed.slice(0, at) + character + seed.slice(at + 1);
        expect(E.isRight(keyFromSeed(changedSeed))).toBe(changedSeed === seed);
      }),
    );
    // The last character of a seed has two spare bits: four spellings, one of them ours.
    const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
    const accepted = [...last].filter((c) => E.isRight(keyFromSeed(key.seed().slice(0, -1) + c)));
    expect(accepted).toEqual([key.seed().slice(-1)]);
  });

  it('gives the same typed answer as the package, and never throws, for any text', () => {
    const alphabet = fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZ2345670189=au ');
    const near = fc.string({ unit: alphabet, minLength: 50, maxLength: 60 });
    fc.assert(
      fc.property(fc.oneof(fc.string(), near), (text) => {
        expect(codeOf(decodePublicKey(text))).toMatch(/^nkey_/);
        expect(codeOf(keyFromSeed(text))).toMatch(/^nkey_/);
      }),
    );
    expect(codeOf(decodePublicKey(''))).toBe('nkey_malformed');
    const key = generateKey(new Uint8Array(32).fill(4)).actor;
    expect(codeOf(decodePublicKey(key.toLowerCase()))).toBe('nkey_malformed');
    expect(codeOf(decodePublicKey(`${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`))).toBe(
      'nkey_bad_checksum',
    );
  });

  it('round-trips seeds', () => {
    fc.assert(
      fc.property(entropy, (secret) => {
        const key = generateKey(secret);
        const back = keyFromSeed(key.seed());
        expect(E.isRight(back) && back.right.actor).toBe(key.actor);
        expect(fromPublic(key.actor).getPublicKey()).toBe(key.actor);
      }),
      { numRuns: 20 },
    );
  });
});

describe('verifySignature', () => {
  const key = generateKey(new Uint8Array(32).fill(9));
  const message = utf8('the fact');

  it('holds for the signed message and nothing else', () => {
    const signature = key.sign(message);
    expect(verifySignature(key.actor, message, signature)).toBe(true);
    expect(verifySignature(key.actor, utf8('the facts'), signature)).toBe(false);
    const other = generateKey(new Uint8Array(32).fill(8)).actor;
    expect(verifySignature(other, message, signature)).toBe(false);
    for (let bit = 0; bit < 512; bit += 7) {
      const flipped = Uint8Array.from(signature);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(verifySignature(key.actor, message, flipped)).toBe(false);
    }
  });

  it('is false, not an error, for signatures of a wrong size and for what is no key', () => {
    expect(verifySignature(key.actor, message, new Uint8Array(0))).toBe(false);
    expect(verifySignature(key.actor, message, new Uint8Array(65))).toBe(false);
    expect(verifySignature('nobody' as ActorId, message, new Uint8Array(64))).toBe(false);
  });

  it('never takes a point of small order, canonical or not, with either sign', () => {
    const points = smallOrderYs();
    expect(points).toHaveLength(5);
    const encodings = [...points, P, P + 1n].flatMap((y) => [y, y | (1n << 255n)]);
    for (const y of encodings) {
      const bytes = Buffer.from(y.toString(16).padStart(64, '0'), 'hex').toReversed();
      const actor = encodePublicKey('user', bytes) as ActorId;
      expect(codeOf(decodePublicKey(actor))).toBe('nkey_weak');
      expect(isActorId(actor)).toBe(false);
    }
  });
});

const P = 2n ** 255n - 19n;
const mod = (n: bigint): bigint => ((n % P) + P) % P;
function power(base: bigint, exponent: bigint): bigint {
  if (exponent === 0n) return 1n;
  const half = power(mod(base * base), exponent / 2n);
  return exponent % 2n === 1n ? mod(half * base) : half;
}

/**
 * The y of every point with 8P = identity, by halving: on -x^2 + y^2 = 1 + d x^2 y^2 the double of a
 * point has y' = (y^2 + x^2) / (2 - y^2 + x^2). Order 1: y = 1; order 2: y = -1; order 4 (y' = -1):
 * y = 0; order 8 (y' = 0): x^2 = -y^2, so d y^4 + 2 y^2 - 1 = 0.
 */
function smallOrderYs(): bigint[] {
  const d = mod(-121665n * power(121666n, P - 2n));
  const ys = [1n, P - 1n, 0n];
  const root = power(2n, (P - 1n) / 4n); // square root of -1
  const sqrt = (n: bigint): bigint | undefined =>
    [power(n, (P + 3n) / 8n), mod(power(n, (P + 3n) / 8n) * root)].find((r) => mod(r * r) === n);
  // With z = y^2: z = (-1 +- sqrt(1 + d)) / d, of which one is a square.
  const discriminant = sqrt(mod(1n + d));
  if (discriminant === undefined) throw new Error('1 + d is a square');
  for (const sign of [discriminant, P - discriminant]) {
    const y = sqrt(mod((sign - 1n) * power(d, P - 2n)));
    if (y !== undefined) ys.push(y, P - y);
  }
  return ys;
}
