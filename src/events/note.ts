/**
 * C2SP signed note (c2sp.org/signed-note, the format of Go's x/mod/sumdb/note):
 *
 *   <text, ending in a newline>
 *   <blank line>
 *   — <key name> <base64(4-byte key id || signature)>      one or more of these lines
 *
 * Key id = SHA-256(name || 0x0A || 0x01 || Ed25519 public key)[:4]; a verifier key prints as
 * `<name>+<key id in hex>+<base64(0x01 || public key)>`. The signature covers the text with its
 * final newline, not the blank line. Invariant: signatures by keys one does not know are kept as
 * bytes and never stand in the way; one by the known key that fails condemns the whole note.
 */
import assert from 'node:assert';
import * as E from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import { base64Of, bytesOfBase64 } from './base64.ts';
import { sha256 } from './digest.ts';
import type { ActorId } from './ids.ts';
import { encodePublicKey, publicKeyOf, verifySignature } from './nkey.ts';
import type { SigningKey } from './nkey.ts';

export type NoteErrorCode =
  | 'note_too_large'
  | 'note_bad_characters'
  | 'note_malformed'
  | 'note_bad_signature_line'
  | 'note_bad_verifier_key'
  | 'note_unsigned' // no signature by the key one trusts
  | 'note_bad_signature';

export interface NoteError {
  readonly code: NoteErrorCode;
  readonly message: string;
}

export interface NoteSignature {
  readonly name: string;
  /** 8 lower-case hex digits. */
  readonly keyId: string;
  /** Its meaning depends on the key: Ed25519, a witness cosignature (type 0x04) or something else. */
  readonly signature: Uint8Array;
}

export interface Note {
  /** With its final newline: what the signatures cover. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** The limits of Go's package; the specification asks for at least 16 signatures. */
export const MAX_NOTE_BYTES = 1_000_000;
export const MAX_NOTE_SIGNATURES = 100;
/** What a key signs with: Ed25519 over the text, or a witness's cosignature (cosignature.ts). */
export const KEY_TYPES = { ed25519: 0x01, cosignatureV1: 0x04 } as const;
export type KeyType = keyof typeof KEY_TYPES;
const DASH = '\u2014 ';
const KEY_NAME = /^[^\p{White_Space}+\p{Cc}]+$/u;

/** Key names: no white space, no plus. */
export function isKeyName(name: string): boolean {
  return KEY_NAME.test(name) && name.isWellFormed();
}

export function verifierKeyOf(name: string, actor: ActorId, type: KeyType = 'ed25519'): string {
  assert(isKeyName(name), 'a key name has no white space and no plus');
  const key = typedKey(actor, type);
  return `${name}+${keyIdOf(name, key)}+${base64Of(key)}`;
}

export function signNote(key: SigningKey, name: string, text: string): string {
  assert(isKeyName(name), 'a key name has no white space and no plus');
  assert(text.endsWith('\n') && isNoteText(text), 'a text of printable lines');
  const signature = key.sign(Buffer.from(text, 'utf8'));
  return `${text}\n${signatureLine(name, key.actor, 'ed25519', signature)}`;
}

/** One line with its newline, as it stands under a note. */
export function signatureLine(
  name: string,
  actor: ActorId,
  type: KeyType,
  signature: Uint8Array,
): string {
  const keyId = Buffer.from(keyIdOf(name, typedKey(actor, type)), 'hex');
  return `${DASH}${name} ${base64Of(Buffer.concat([keyId, signature]))}\n`;
}

/** Takes the note apart; nothing in it is true yet. */
export function parseNote(note: string): Either<NoteError, Note> {
  // A string has at most three UTF-8 bytes per code unit; measuring the short ones is enough.
  if (note.length > MAX_NOTE_BYTES || Buffer.byteLength(note) > MAX_NOTE_BYTES) {
    return refuse('note_too_large', `more than ${MAX_NOTE_BYTES} bytes`);
  }
  if (!isNoteText(note))
    return refuse('note_bad_characters', 'control characters or broken UTF-16');
  const split = note.lastIndexOf('\n\n');
  if (split < 0) return refuse('note_malformed', 'no blank line before the signatures');
  const block = note.slice(split + 2);
  if (block === '' || !block.endsWith('\n')) {
    return refuse('note_malformed', 'the note does not end with a signature line');
  }
  const lines = block.slice(0, -1).split('\n');
  if (lines.length > MAX_NOTE_SIGNATURES) {
    return refuse('note_too_large', `more than ${MAX_NOTE_SIGNATURES} signatures`);
  }
  const signatures: NoteSignature[] = [];
  for (const line of lines) {
    const signature = signatureOf(line);
    if (signature === undefined) {
      return refuse('note_bad_signature_line', `signature line ${signatures.length} is malformed`);
    }
    signatures.push(signature);
  }
  return E.right({ text: note.slice(0, split + 1), signatures });
}

/** The note, once a signature by the key that `verifierKey` names has been checked. */
export function verifyNote(verifierKey: string, note: string): Either<NoteError, Note> {
  const key = parseVerifierKey(verifierKey);
  if (E.isLeft(key)) return key;
  const parsed = parseNote(note);
  if (E.isLeft(parsed)) return parsed;
  const { name, keyId, actor } = key.right;
  const mine = parsed.right.signatures.filter((s) => s.name === name && s.keyId === keyId);
  if (mine.length === 0) return refuse('note_unsigned', `no signature by ${name}+${keyId}`);
  const text = Buffer.from(parsed.right.text, 'utf8');
  if (!mine.every(({ signature }) => verifySignature(actor, text, signature))) {
    return refuse('note_bad_signature', `the signature by ${name}+${keyId} does not fit the text`);
  }
  return parsed;
}

export interface VerifierKey {
  readonly name: string;
  readonly keyId: string;
  /** The same Ed25519 key as an actor of the ledger. */
  readonly actor: ActorId;
}

export function parseVerifierKey(
  text: string,
  type: KeyType = 'ed25519',
): Either<NoteError, VerifierKey> {
  const [name = '', keyId = '', ...rest] = text.split('+');
  const key = bytesOfBase64(rest.join('+')); // base64 itself may hold a plus
  if (!isKeyName(name) || key?.byteLength !== 33 || key[0] !== KEY_TYPES[type]) {
    const wanted = `<name>+<8 hex>+<base64(0x0${KEY_TYPES[type]} || Ed25519 key)>`;
    return refuse('note_bad_verifier_key', `wanted ${wanted}`);
  }
  if (keyIdOf(name, key) !== keyId) {
    return refuse('note_bad_verifier_key', 'the key id does not belong to this name and key');
  }
  return E.right({ name, keyId, actor: encodePublicKey('user', key.subarray(1)) as ActorId });
}

function signatureOf(line: string): NoteSignature | undefined {
  if (!line.startsWith(DASH)) return undefined;
  const space = line.indexOf(' ', DASH.length);
  const name = line.slice(DASH.length, space);
  const bytes = bytesOfBase64(line.slice(space + 1));
  if (space < 0 || !isKeyName(name) || bytes === undefined || bytes.byteLength < 5)
    return undefined;
  const keyId = Buffer.from(bytes.subarray(0, 4)).toString('hex');
  return { name, keyId, signature: bytes.subarray(4) };
}

function isNoteText(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- refusing control characters is the purpose
  return text.isWellFormed() && !/[\0-\x09\x0b-\x1f]/.test(text);
}

function typedKey(actor: ActorId, type: KeyType): Uint8Array {
  return Uint8Array.of(KEY_TYPES[type], ...publicKeyOf(actor));
}

function keyIdOf(name: string, typed: Uint8Array): string {
  const digest = sha256(Buffer.concat([Buffer.from(`${name}\n`, 'utf8'), typed]));
  return Buffer.from(digest.subarray(0, 4)).toString('hex');
}

function refuse(code: NoteErrorCode, message: string): Either<NoteError, never> {
  return E.left({ code, message });
}
