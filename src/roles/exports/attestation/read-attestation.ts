/**
 * A line of `daybook export in-toto`, from anybody: a DSSE envelope whose signatures are checked, or a
 * bare statement. What the statement says is not believed here (check-statement.ts).
 */
import { left, right } from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import { bytesOfBase64 } from '../../../events/base64.ts';
import type { ActorId } from '../../../events/ids.ts';
import { isActorId, verifySignature } from '../../../events/nkey.ts';
import { pae } from './dsse.ts';
import { PAYLOAD_TYPE } from './provenance.ts';

export interface Attestation {
  /** The statement's JSON, as it was signed. */
  readonly text: string;
  /** Whose signatures hold; nobody where it is a bare statement. */
  readonly signers: readonly ActorId[];
}

export interface AttestationError {
  readonly code: 'attestation_malformed' | 'signature_wrong' | 'signature_missing';
  readonly message: string;
}

/**
 * @param signer whose signature there has to be. Without one the key ids are believed: every
 *   signature that names a key must hold, and one must.
 */
export function readAttestation(
  line: string,
  signer: ActorId | null,
): Either<AttestationError, Attestation> {
  const value = objectIn(line);
  if (value === null) return refuse('attestation_malformed', 'this is no JSON object');
  if (!('payload' in value) && !('signatures' in value))
    return signer === null
      ? right({ text: line, signers: [] })
      : refuse('signature_missing', `a bare statement: ${signer} has signed nothing`);
  const { payload, payloadType, signatures } = value;
  const body = bytesIn(payload);
  if (body === null || !Array.isArray(signatures))
    return refuse('attestation_malformed', 'the envelope has no payload, or no signatures');
  if (payloadType !== PAYLOAD_TYPE)
    return refuse('attestation_malformed', `the payload is not ${PAYLOAD_TYPE}`);
  const signers = signersOf(pae(PAYLOAD_TYPE, body), signatures, signer);
  if (signers._tag === 'Left') return signers;
  return right({ text: Buffer.from(body).toString('utf8'), signers: signers.right });
}

function signersOf(
  message: Uint8Array,
  signatures: readonly unknown[],
  signer: ActorId | null,
): Either<AttestationError, readonly ActorId[]> {
  const signers: ActorId[] = [];
  for (const one of signatures) {
    const { keyid, sig } = (one ?? {}) as { keyid?: unknown; sig?: unknown };
    const key = signer ?? keyid;
    const bytes = bytesIn(sig);
    if (!isActorId(key) || bytes === null) continue;
    if (verifySignature(key, message, bytes)) signers.push(key);
    // Others may sign beside the one that is asked for; a signature under its own name must hold.
    else if (keyid === key) return refuse('signature_wrong', `${key} did not sign this`);
  }
  if (signers.length > 0) return right(signers);
  return refuse('signature_missing', `no signature is by ${signer ?? 'a key that it names'}`);
}

function objectIn(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

/** Either alphabet, as the envelope's specification asks of who reads it. */
const bytesIn = (text: unknown): Uint8Array | null =>
  typeof text === 'string'
    ? (bytesOfBase64(text.replaceAll('-', '+').replaceAll('_', '/')) ?? null)
    : null;

const refuse = (code: AttestationError['code'], message: string): Either<AttestationError, never> =>
  left({ code, message });
