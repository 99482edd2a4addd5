/**
 * SHA-256 and the text form under which artifacts, books and policies are named:
 * `sha256:` followed by 64 lower-case hex digits. One spelling only, so equal digests are equal
 * strings.
 */
import { hash } from 'node:crypto';
import type { Digest } from './ids.ts';

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** 32 bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  // Through a latin-1 string: a third of the time of asking for a Buffer, whose backing store is
  // what costs (0.45 against 1.15 microseconds for a tree node).
  const text = hash('sha256', bytes, 'binary');
  const digest = new Uint8Array(32);
  for (let index = 0; index < 32; index++) digest[index] = text.charCodeAt(index);
  return digest;
}

export function digestOf(bytes: Uint8Array): Digest {
  return `sha256:${hash('sha256', bytes, 'hex')}` as Digest;
}

export function isDigest(value: unknown): value is Digest {
  return typeof value === 'string' && DIGEST.test(value);
}
