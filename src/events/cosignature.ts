/**
 * C2SP tlog-cosignature: a witness's word that the heads of a log it has seen all fit, as a line
 * under the note of a checkpoint (key type 0x04):
 *
 *   — <witness name> <base64(4-byte key id || seconds, 8 bytes big-endian || Ed25519 signature)>
 *
 * over `cosignature/v1\ntime <seconds>\n` and the text of the checkpoint. Invariant: what counts as
 * cosigned was signed by that many different keys one named, for exactly this text.
 */
import assert from 'node:assert';
import * as E from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import type { SigningKey } from './nkey.ts';
import { verifySignature } from './nkey.ts';
import { parseNote, parseVerifierKey, signatureLine } from './note.ts';
import type { Note, NoteError, NoteSignature, VerifierKey } from './note.ts';

export interface Cosignature {
  readonly witness: VerifierKey;
  /** Since 1970, by the witness's clock. */
  readonly timeSeconds: number;
}

const TIME_BYTES = 8;
const SIGNATURE_BYTES = 64;

export function parseWitnessKeys(texts: readonly string[]): Either<NoteError, VerifierKey[]> {
  const keys: VerifierKey[] = [];
  for (const text of texts) {
    const key = parseVerifierKey(text, 'cosignatureV1');
    if (E.isLeft(key)) return key;
    // The signed message does not hold the name: one key under two names is one witness.
    if (!keys.some(({ actor }) => actor === key.right.actor)) keys.push(key.right);
  }
  return E.right(keys);
}

/** The line to stand under the note with this text. */
export function cosign(key: SigningKey, name: string, text: string, timeSeconds: number): string {
  assert(Number.isSafeInteger(timeSeconds) && timeSeconds > 0, 'whole seconds since 1970');
  const time = Buffer.alloc(TIME_BYTES);
  time.writeBigUInt64BE(BigInt(timeSeconds));
  const signature = key.sign(signedBytes(text, timeSeconds));
  return signatureLine(name, key.actor, 'cosignatureV1', Buffer.concat([time, signature]));
}

/**
 * Who of the witnesses cosigned, each once. Lines of others are passed over.
 * @returns note_bad_signature when a line claims to be one of theirs and is not
 */
export function cosignaturesOf(
  note: Note,
  witnesses: readonly VerifierKey[],
): Either<NoteError, Cosignature[]> {
  const found = new Map<string, Cosignature>();
  for (const line of note.signatures) {
    const witness = witnesses.find(({ name, keyId }) => name === line.name && keyId === line.keyId);
    if (witness === undefined) continue;
    const timeSeconds = timeOf(note.text, line, witness);
    if (timeSeconds === null) {
      const message = `the cosignature by ${witness.name}+${witness.keyId} does not fit the text`;
      return E.left({ code: 'note_bad_signature', message });
    }
    const before = found.get(witness.actor)?.timeSeconds ?? 0;
    found.set(witness.actor, { witness, timeSeconds: Math.max(before, timeSeconds) });
  }
  return E.right([...found.values()]);
}

/** The note with those lines of a witness's answer that are cosignatures by a key one named. */
export function withCosignatures(
  note: string,
  answer: string,
  witnesses: readonly VerifierKey[],
): Either<NoteError, string> {
  const parsed = parseNote(note + answer);
  if (E.isLeft(parsed)) return parsed;
  const lines = answer.split('\n').slice(0, -1);
  const signatures = parsed.right.signatures.slice(-lines.length);
  const mine = lines.filter((line, index) => {
    const signature = signatures[index];
    if (signature === undefined || note.includes(`${line}\n`)) return false;
    const one = cosignaturesOf({ text: parsed.right.text, signatures: [signature] }, witnesses);
    return E.isRight(one) && one.right.length === 1;
  });
  return E.right(note + mine.map((line) => `${line}\n`).join(''));
}

/** Null when the line is no cosignature of this text by this witness. */
function timeOf(text: string, { signature }: NoteSignature, { actor }: VerifierKey): number | null {
  if (signature.byteLength !== TIME_BYTES + SIGNATURE_BYTES) return null;
  const seconds = Number(Buffer.from(signature.subarray(0, TIME_BYTES)).readBigUInt64BE());
  if (!Number.isSafeInteger(seconds) || seconds === 0) return null;
  const fits = verifySignature(actor, signedBytes(text, seconds), signature.subarray(TIME_BYTES));
  return fits ? seconds : null;
}

const signedBytes = (text: string, timeSeconds: number): Uint8Array =>
  Buffer.from(`cosignature/v1\ntime ${timeSeconds}\n${text}`, 'utf8');
