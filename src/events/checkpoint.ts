/**
 * C2SP tlog-checkpoint: the head of a ledger's tree as a signed note.
 *
 *   <origin>\n<size in decimal>\n<base64 of the root>\n[extension lines]\n<blank>\n<signatures>
 *
 * Origin and key name are `daybook.local/<ledger>` unless configured. Invariant: a checkpoint that
 * verifies was signed by the key one named, for the origin one named; signature lines of others
 * (witness cosignatures, rotated keys) are ignored, as the specification demands.
 */
import assert from 'node:assert';
import * as E from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import { base64Of, bytesOfBase64 } from './base64.ts';
import type { LedgerId } from './ids.ts';
import { HASH_BYTES } from './merkle.ts';
import type { Hash } from './merkle.ts';
import type { SigningKey } from './nkey.ts';
import { parseNote, parseVerifierKey, signNote, verifyNote } from './note.ts';
import type { NoteErrorCode, NoteSignature } from './note.ts';

export interface Checkpoint {
  readonly origin: string;
  /** Number of entries in the tree. */
  readonly size: number;
  readonly root: Hash;
}

export interface ParsedCheckpoint extends Checkpoint {
  /** Opaque lines after the root; ours has none. */
  readonly extensions: readonly string[];
  readonly signatures: readonly NoteSignature[];
}

export type CheckpointErrorCode =
  | NoteErrorCode
  | 'checkpoint_malformed'
  | 'checkpoint_bad_size'
  | 'checkpoint_bad_root'
  | 'checkpoint_wrong_origin';

export interface CheckpointError {
  readonly code: CheckpointErrorCode;
  readonly message: string;
}

export function originOf(ledger: LedgerId): string {
  return `daybook.local/${ledger}`;
}

/** The text that is signed: three lines, newline at the end. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  assert(origin !== '' && !origin.includes('\n'), 'an origin is one line');
  assert(Number.isSafeInteger(size) && size >= 0, 'size is a count');
  assert(root.byteLength === HASH_BYTES, 'a root has 32 bytes');
  return `${origin}\n${size}\n${base64Of(root)}\n`;
}

/** @param name of the key; by custom the origin. */
export function signCheckpoint(key: SigningKey, name: string, checkpoint: Checkpoint): string {
  return signNote(key, name, formatCheckpoint(checkpoint));
}

/** Hostile text to its parts; no signature has been checked. */
export function parseCheckpoint(text: string): Either<CheckpointError, ParsedCheckpoint> {
  const note = parseNote(text);
  return E.isLeft(note) ? note : bodyOf(note.right.text, note.right.signatures);
}

/** @param origin that it must be for; by default the key's name. */
export function verifyCheckpoint(
  verifierKey: string,
  text: string,
  origin?: string,
): Either<CheckpointError, Checkpoint> {
  const key = parseVerifierKey(verifierKey);
  if (E.isLeft(key)) return key;
  const note = verifyNote(verifierKey, text);
  if (E.isLeft(note)) return note;
  const body = bodyOf(note.right.text, note.right.signatures);
  if (E.isLeft(body)) return body;
  const wanted = origin ?? key.right.name;
  if (body.right.origin !== wanted) {
    return refuse(
      'checkpoint_wrong_origin',
      `for ${JSON.stringify(body.right.origin)}, not ${wanted}`,
    );
  }
  return E.right({ origin: wanted, size: body.right.size, root: body.right.root });
}

function bodyOf(
  text: string,
  signatures: readonly NoteSignature[],
): Either<CheckpointError, ParsedCheckpoint> {
  const lines = text.slice(0, -1).split('\n');
  const [origin = '', size = '', root = '', ...extensions] = lines;
  if (lines.length < 3 || lines.includes('')) {
    return refuse('checkpoint_malformed', 'wanted origin, size and root, a line each, none empty');
  }
  if (!/^(0|[1-9]\d{0,15})$/.test(size) || !Number.isSafeInteger(Number(size))) {
    return refuse('checkpoint_bad_size', 'size is not a decimal below 2^53 without leading zeroes');
  }
  const hash = bytesOfBase64(root);
  if (hash?.byteLength !== HASH_BYTES) {
    return refuse('checkpoint_bad_root', 'root is not the base64 of 32 bytes');
  }
  return E.right({ origin, size: Number(size), root: hash, extensions, signatures });
}

function refuse(code: CheckpointErrorCode, message: string): Either<CheckpointError, never> {
  return E.left({ code, message });
}
