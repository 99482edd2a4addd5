/**
 * The body of a witness's `add-checkpoint` request (c2sp.org/tlog-witness):
 *
 *   old <size in decimal>
 *   <base64 hash>            zero or more: the consistency proof from that size
 *   <blank line>
 *   <signed checkpoint, verbatim>
 *
 * Invariant: what parses holds nothing but these parts; nothing in it has been verified.
 */
import * as E from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import { base64Of, bytesOfBase64 } from '../../events/base64.ts';
import { HASH_BYTES } from '../../events/merkle.ts';
import type { Hash } from '../../events/merkle.ts';

export interface AddCheckpoint {
  readonly oldSize: number;
  readonly path: readonly Hash[];
  /** Text of the signed checkpoint, untouched. */
  readonly checkpoint: string;
}

/** The specification's bound. */
export const MAX_PATH_LINES = 63;
/** A checkpoint with a hundred signatures has less than a fifth of it. */
export const MAX_REQUEST_BYTES = 64 * 1024;

export const formatAddCheckpoint = ({ oldSize, path, checkpoint }: AddCheckpoint): string =>
  `old ${oldSize}\n${path.map((hash) => `${base64Of(hash)}\n`).join('')}\n${checkpoint}`;

/** Left: why not, for people. */
export function parseAddCheckpoint(text: string): Either<string, AddCheckpoint> {
  if (text.length > MAX_REQUEST_BYTES) return E.left('the request is too long');
  const blank = text.indexOf('\n\n');
  if (blank < 0) return E.left('no blank line before the checkpoint');
  const [first = '', ...lines] = text.slice(0, blank).split('\n');
  const size = /^old (0|[1-9]\d{0,15})$/.exec(first)?.[1];
  if (size === undefined || !Number.isSafeInteger(Number(size)))
    return E.left('the first line is not "old <size>"');
  if (lines.length > MAX_PATH_LINES) return E.left(`more than ${MAX_PATH_LINES} proof lines`);
  const path: Hash[] = [];
  for (const line of lines) {
    const hash = bytesOfBase64(line);
    if (hash?.byteLength !== HASH_BYTES) return E.left(`hash ${path.length} is not 32 bytes`);
    path.push(hash);
  }
  return E.right({ oldSize: Number(size), path, checkpoint: text.slice(blank + 2) });
}
