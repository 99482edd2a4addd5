/**
 * C2SP tlog-proof (c2sp.org/tlog-proof@v1): one entry's inclusion, provable offline.
 *
 *   c2sp.org/tlog-proof@v1
 *   [extra <base64>]
 *   index <decimal>
 *   <base64 hash>            zero or more, from the leaf's sibling up
 *   <blank line>
 *   <signed checkpoint, verbatim>
 *
 * Invariant: `extra` is authenticated by nothing and decides nothing here.
 */
import assert from 'node:assert';
import * as E from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import { base64Of, bytesOfBase64 } from './base64.ts';
import { verifyCheckpoint } from './checkpoint.ts';
import type { Checkpoint, CheckpointErrorCode } from './checkpoint.ts';
import { HASH_BYTES, leafHash } from './merkle.ts';
import type { Hash } from './merkle.ts';
import { MAX_NOTE_BYTES } from './note.ts';
import { MAX_PROOF_HASHES, verifyInclusion } from './proofs.ts';

export interface InclusionProof {
  readonly index: number;
  readonly path: readonly Hash[];
  /** Text of the signed checkpoint, untouched. */
  readonly checkpoint: string;
  readonly extra?: Uint8Array;
}

export type ProofErrorCode = CheckpointErrorCode | 'proof_malformed' | 'proof_wrong';
export interface ProofError {
  readonly code: ProofErrorCode;
  readonly message: string;
}

const HEADER = 'c2sp.org/tlog-proof@v1';

export function formatInclusionProof(proof: InclusionProof): string {
  assert(Number.isSafeInteger(proof.index) && proof.index >= 0, 'index is an entry index');
  const extra = proof.extra === undefined ? '' : `extra ${base64Of(proof.extra)}\n`;
  const path = proof.path.map((hash) => `${base64Of(hash)}\n`).join('');
  return `${HEADER}\n${extra}index ${proof.index}\n${path}\n${proof.checkpoint}`;
}

/** Hostile text to its parts; nothing has been verified. */
export function parseInclusionProof(text: string): Either<ProofError, InclusionProof> {
  if (text.length > 2 * MAX_NOTE_BYTES) return malformed('the text is too long');
  const blank = text.indexOf('\n\n');
  if (blank < 0) return malformed('no blank line before the checkpoint');
  const [header, ...lines] = text.slice(0, blank).split('\n');
  if (header !== HEADER) return malformed(`the first line is not ${HEADER}`);
  const extra = lines[0]?.startsWith('extra ') === true ? lines.shift()?.slice(6) : undefined;
  const extraBytes = extra === undefined ? undefined : bytesOfBase64(extra);
  if (extra !== undefined && extraBytes === undefined) return malformed('extra is not base64');
  const index = /^index (0|[1-9]\d{0,15})$/.exec(lines.shift() ?? '')?.[1];
  if (index === undefined || !Number.isSafeInteger(Number(index))) return malformed('no index');
  if (lines.length > MAX_PROOF_HASHES) return malformed('the path is too long');
  const path: Hash[] = [];
  for (const line of lines) {
    const hash = bytesOfBase64(line);
    if (hash?.byteLength !== HASH_BYTES) return malformed(`hash ${path.length} is not 32 bytes`);
    path.push(hash);
  }
  const proof = { index: Number(index), path, checkpoint: text.slice(blank + 2) };
  return E.right(extraBytes === undefined ? proof : { ...proof, extra: extraBytes });
}

/** That `entry` (a line without its newline) stands at the proof's index under a signed head. */
export function verifyInclusionProof(
  verifierKey: string,
  entry: Uint8Array,
  text: string,
  origin?: string,
): Either<ProofError, { readonly index: number; readonly checkpoint: Checkpoint }> {
  const proof = parseInclusionProof(text);
  if (E.isLeft(proof)) return proof;
  const checkpoint = verifyCheckpoint(verifierKey, proof.right.checkpoint, origin);
  if (E.isLeft(checkpoint)) return checkpoint;
  const { index, path } = proof.right;
  const { size, root } = checkpoint.right;
  if (!verifyInclusion(leafHash(entry), index, size, path, root)) {
    const message = `the path does not lead from this entry at ${index} to the signed root`;
    return E.left({ code: 'proof_wrong', message });
  }
  return E.right({ index, checkpoint: checkpoint.right });
}

function malformed(message: string): Either<ProofError, never> {
  return E.left({ code: 'proof_malformed', message });
}
