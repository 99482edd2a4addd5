/**
 * NKeys: Ed25519 identities in NATS's text form. Public key: base32(prefix byte || 32 bytes ||
 * CRC-16/XMODEM, little endian), 56 characters from `U` (user), `A` (account) or `O` (operator).
 * Seed: base32(two bytes that hold the seed and role prefixes || 32 bytes || CRC), 58 characters
 * from `SU`. Signing and verifying are ed25519.ts's; the text form is written here because the
 * nkeys package exposes it only together with its own (200 times slower) arithmetic.
 * Invariant: one text per key. A point of small order is no identity: by the bare equation its
 * signatures bind to no message, and crypto libraries disagree about them, so it never verifies.
 */
import assert from 'node:assert';
import * as E from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import { crc16, decodeBase32, encodeBase32 } from './base32.ts';
import type { Ed25519Key } from './ed25519.ts';
import { ed25519Pair, importEd25519, verifyEd25519 } from './ed25519.ts';
import type { ActorId } from './ids.ts';

export type NkeyErrorCode =
  'nkey_malformed' | 'nkey_bad_checksum' | 'nkey_wrong_kind' | 'nkey_weak';
export interface NkeyError {
  readonly code: NkeyErrorCode;
  readonly message: string;
}

export type NkeyKind = 'user' | 'account' | 'operator';
export interface PublicNkey {
  readonly kind: NkeyKind;
  /** 32 bytes, RFC 8032. */
  readonly bytes: Uint8Array;
}

export interface SigningKey {
  readonly actor: ActorId;
  /** The secret in its text form (`SU...`): never log it. */
  seed(): string;
  /** Ed25519, 64 bytes; deterministic. */
  sign(message: Uint8Array): Uint8Array;
}

const PREFIX: Record<NkeyKind, number> = { user: 20 << 3, account: 0, operator: 14 << 3 };
const SEED_PREFIX = 18 << 3;
const KEY_BYTES = 32;

/** y coordinates (sign bit cleared) of the points whose order divides 8, with their unreduced twins. */
const SMALL_ORDER = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]);

export function encodePublicKey(kind: NkeyKind, bytes: Uint8Array): string {
  assert(bytes.byteLength === KEY_BYTES, 'an Ed25519 public key has 32 bytes');
  return withChecksum(Uint8Array.of(PREFIX[kind], ...bytes));
}

export function decodePublicKey(text: string): Either<NkeyError, PublicNkey> {
  const raw = checkedBytes(text, 1 + KEY_BYTES);
  if (E.isLeft(raw)) return raw;
  const kind = kindOf(raw.right[0]);
  if (kind === undefined) {
    return refuse('nkey_wrong_kind', 'not the public key of a user, account or operator');
  }
  const bytes = raw.right.subarray(1);
  const y = Buffer.from(bytes);
  y[31] = (y[31] ?? 0) & 0x7f;
  if (SMALL_ORDER.has(y.toString('hex'))) {
    return refuse('nkey_weak', 'the key is a point of small order');
  }
  return E.right({ kind, bytes });
}

/**
 * Texts that were found to be keys. Two generations, so that a working set of one is never dropped
 * at once; checking a key costs as much as reading several entries.
 */
const ACTORS_MAX = 16_384;
let actors = new Set<string>();
let actorsBefore = new Set<string>();

/** Whether `text` is the public key of a user: the only kind that acts in a ledger. */
export function isActorId(text: unknown): text is ActorId {
  if (typeof text !== 'string' || !text.startsWith('U')) return false;
  if (actors.has(text)) return true;
  if (!actorsBefore.has(text) && E.isLeft(decodePublicKey(text))) return false;
  if (actors.size >= ACTORS_MAX) {
    actorsBefore = actors;
    actors = new Set();
  }
  actors.add(text);
  return true;
}

/** The 32 bytes behind an actor id that has been checked. */
export function publicKeyOf(actor: ActorId): Uint8Array {
  const decoded = decodePublicKey(actor);
  assert(E.isRight(decoded), 'an ActorId is a checked NKey');
  return decoded.right.bytes;
}

export function keyFromSeed(seed: string): Either<NkeyError, SigningKey> {
  const raw = checkedBytes(seed, 2 + KEY_BYTES);
  if (E.isLeft(raw)) return raw;
  const [first = 0, second = 0] = raw.right;
  if ((first & 0xf8) !== SEED_PREFIX) return refuse('nkey_wrong_kind', 'not a seed');
  if ((((first & 7) << 5) | (second >> 3)) !== PREFIX.user || (second & 7) !== 0) {
    return refuse('nkey_wrong_kind', "not the seed of a user (it must begin with 'SU')");
  }
  return E.right(generateKey(raw.right.subarray(2)));
}

/** @param entropy32 32 secret random bytes; the same bytes give the same key. */
export function generateKey(entropy32: Uint8Array): SigningKey {
  assert(entropy32.byteLength === KEY_BYTES, 'a key needs 32 bytes of entropy');
  const secret = Uint8Array.from(entropy32);
  const { publicKey, sign } = ed25519Pair(secret);
  const actor = encodePublicKey('user', publicKey) as ActorId;
  return {
    actor,
    seed: () =>
      withChecksum(
        Uint8Array.of(SEED_PREFIX | (PREFIX.user >> 5), (PREFIX.user & 31) << 3, ...secret),
      ),
    sign,
  };
}

/** False too when `actor` is no key (see `decodePublicKey` for why not): nobody signed. */
export function verifySignature(
  actor: ActorId,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const key = keyObjectOf(actor);
  return key !== undefined && signature.byteLength === 64 && verifyEd25519(key, message, signature);
}

const KEY_CACHE_MAX = 16_384;
const keyCache = new Map<string, Ed25519Key>();

function keyObjectOf(text: string): Ed25519Key | undefined {
  const known = keyCache.get(text);
  if (known !== undefined) return known;
  const decoded = decodePublicKey(text);
  if (E.isLeft(decoded)) return undefined;
  const key = importEd25519(decoded.right.bytes);
  if (keyCache.size >= KEY_CACHE_MAX) keyCache.clear();
  keyCache.set(text, key);
  return key;
}

function kindOf(prefix: number | undefined): NkeyKind | undefined {
  return (Object.keys(PREFIX) as NkeyKind[]).find((kind) => PREFIX[kind] === prefix);
}

function withChecksum(body: Uint8Array): string {
  const crc = crc16(body);
  return encodeBase32(Uint8Array.of(...body, crc & 0xff, crc >> 8));
}

function checkedBytes(text: string, bodyBytes: number): Either<NkeyError, Uint8Array> {
  const raw = decodeBase32(text, bodyBytes + 2);
  if (raw === undefined) {
    return refuse('nkey_malformed', `not ${bodyBytes + 2} bytes of upper-case base32`);
  }
  const body = raw.subarray(0, bodyBytes);
  const crc = (raw[bodyBytes] ?? 0) | ((raw[bodyBytes + 1] ?? 0) << 8);
  if (crc16(body) !== crc)
    return refuse('nkey_bad_checksum', 'the checksum does not fit: mistyped?');
  return E.right(body);
}

function refuse(code: NkeyErrorCode, message: string): Either<NkeyError, never> {
  return E.left({ code, message });
}
