/**
 * Stands in for `src/roles/audit/author-signatures.ts` in a browser: signatures go to WebCrypto, many
 * at a time, because that is native and elsewhere. Where a browser has no Ed25519 there, or the page
 * came over an insecure connection, they are verified here. Invariant: the answer is that of one pass
 * in order.
 */
import { isRight } from 'fp-ts/lib/Either.js';
import { bytesOfBase64 } from '../events/base64.ts';
import { EventLines } from '../events/event-lines.ts';
import type { ActorId } from '../events/ids.ts';
import { decodePublicKey, verifySignature } from '../events/nkey.ts';
import assert from './assert.ts';

export interface SignatureCount {
  readonly signed: number;
  readonly firstBad: number | null;
}

/** Lines decoded before their signatures are waited for. */
const BATCH_LINES = 512;
const ALGORITHM = 'Ed25519';

type Verify = (
  actor: ActorId,
  message: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer>,
) => Promise<boolean> | boolean;

export async function countSignatures(
  lines: readonly Uint8Array[],
  _threads: number,
  onProgress: (done: number) => void = () => {},
): Promise<SignatureCount> {
  const verify = (await hasEd25519()) ? nativeVerifier() : verifySignature;
  const reader = new EventLines();
  let signed = 0;
  for (let first = 0; first < lines.length; first += BATCH_LINES) {
    const found = await Promise.all(
      lines.slice(first, first + BATCH_LINES).map((line) => verifyLine(reader, line, verify)),
    );
    const bad = found.indexOf(false);
    if (bad !== -1) return { signed, firstBad: first + bad };
    signed += found.filter((one) => one === true).length;
    onProgress(Math.min(first + BATCH_LINES, lines.length));
  }
  return { signed, firstBad: null };
}

/** Null: nobody signed this line. The line is read before this returns. */
async function verifyLine(
  reader: EventLines,
  line: Uint8Array,
  verify: Verify,
): Promise<boolean | null> {
  reader.load(line);
  const event = reader.next();
  assert(event !== null && isRight(event), 'only what has been decoded is asked for');
  const { actor, sig } = event.right;
  if (sig === undefined) return null;
  const signature = bytesOfBase64(sig);
  assert(signature !== undefined, 'a sig of an event is base64');
  const message = new Uint8Array(reader.statementBytes(event.right));
  return signature.byteLength === 64 && verify(actor, message, new Uint8Array(signature));
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
