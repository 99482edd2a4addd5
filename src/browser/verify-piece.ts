/** Verifies every author's signature in some lines, many at a time, as a browser can. */
import { isRight } from 'fp-ts/lib/Either.js';
import { bytesOfBase64 } from '../events/base64.ts';
import { EventLines } from '../events/event-lines.ts';
import type { ActorId } from '../events/ids.ts';
import { decodePublicKey, verifySignature } from '../events/nkey.ts';
import type { SignatureReply } from '../roles/audit/verify-lines.ts';
import assert from './assert.ts';

const ALGORITHM = 'Ed25519';

type Verify = (
  actor: ActorId,
  message: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer>,
) => Promise<boolean> | boolean;

const reader = new EventLines();
/** Keys stay imported from piece to piece. */
let verifier: Promise<Verify> | null = null;

/** @param ndjson lines that are events; they are read before this returns */
export async function verifyPiece(ndjson: Uint8Array): Promise<SignatureReply> {
  verifier ??= hasEd25519().then((has) => (has ? nativeVerifier() : verifySignature));
  const verify = await verifier;
  const found = await Promise.all(verifications(ndjson, verify));
  const bad = found.indexOf(false);
  const before = bad === -1 ? found : found.slice(0, bad);
  return {
    signed: before.filter((one) => one === true).length,
    firstBad: bad === -1 ? null : bad,
  };
}

/** Of each line; null: nobody signed it. */
function verifications(ndjson: Uint8Array, verify: Verify): (Promise<boolean> | boolean | null)[] {
  const asked: (Promise<boolean> | boolean | null)[] = [];
  reader.load(ndjson);
  for (let next = reader.next(); next !== null; next = reader.next()) {
    assert(isRight(next), 'only what has been decoded is asked for');
    const { actor, sig } = next.right;
    if (sig === undefined) {
      asked.push(null);
      continue;
    }
    const signature = bytesOfBase64(sig);
    assert(signature !== undefined, 'a sig of an event is base64');
    const message = new Uint8Array(reader.statementBytes(next.right));
    asked.push(signature.byteLength === 64 && verify(actor, message, new Uint8Array(signature)));
  }
  return asked;
}

async function hasEd25519(): Promise<boolean> {
  // Absent where the page came over plain HTTP from another machine.
  if (globalThis.crypto?.subtle === undefined) return false;
  // The base point itself, 4/5 little endian: a valid key.
  const key = Uint8Array.from({ length: 32 }, (_, index) => (index === 0 ? 0x58 : 0x66));
  return importKey(key).then(
    () => true,
    () => false,
  );
}

const importKey = (bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', bytes, ALGORITHM, false, ['verify']);

function nativeVerifier(): Verify {
  const keys = new Map<ActorId, Promise<CryptoKey | null>>();
  return async (actor, message, signature) => {
    let importing = keys.get(actor);
    if (importing === undefined) {
      const decoded = decodePublicKey(actor);
      // No key, or no point of the curve: nobody signed.
      importing = isRight(decoded)
        ? importKey(new Uint8Array(decoded.right.bytes)).catch(() => null)
        : Promise.resolve(null);
      keys.set(actor, importing);
    }
    const key = await importing;
    return key !== null && (await crypto.subtle.verify(ALGORITHM, key, signature, message));
  };
}
