/**
 * That earlier trees are prefixes of a signed one, as text in the manner of C2SP tlog-proof (which
 * has a form for inclusion only):
 *
 *   daybook.local/prefix-proof@v1
 *   prefix <size> <base64 root>     one or more, each with the path of its consistency proof:
 *   <base64 hash>                   zero or more
 *   <blank line>
 *   <signed checkpoint, verbatim>
 *
 * Invariant: each root that verifies is the root of the signed tree's first `size` entries, so of
 * two prefixes in one proof the smaller is a prefix of the larger.
 */
import * as E from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import { base64Of, bytesOfBase64 } from './base64.ts';
import { verifyCheckpoint } from './checkpoint.ts';
import type { Checkpoint } from './checkpoint.ts';
import { HASH_BYTES } from './merkle.ts';
import type { Hash } from './merkle.ts';
import { MAX_NOTE_BYTES } from './note.ts';
import { MAX_PROOF_HASHES, verifyConsistency } from './proofs.ts';
import type { ProofError } from './proof-text.ts';

export const PREFIX_PROOF_HEADER = 'daybook.local/prefix-proof@v1';

export interface Prefix {
  /** Entries. */
  readonly size: number;
  readonly root: Hash;
}

export interface PrefixProof {
  readonly prefixes: readonly (Prefix & { readonly path: readonly Hash[] })[];
  /** Text of the signed checkpoint, untouched. */
  readonly checkpoint: string;
}

const MAX_PREFIXES = 16;

export function formatPrefixProof({ prefixes, checkpoint }: PrefixProof): string {
  const lines = prefixes.flatMap(({ size, root, path }) => [
    `prefix ${size} ${base64Of(root)}\n`,
    ...path.map((hash) => `${base64Of(hash)}\n`),
  ]);
  return `${PREFIX_PROOF_HEADER}\n${lines.join('')}\n${checkpoint}`;
}

/** Hostile text to its parts; nothing has been verified. */
export function parsePrefixProof(text: string): Either<ProofError, PrefixProof> {
  if (text.length > 2 * MAX_NOTE_BYTES) return malformed('the text is too long');
  const blank = text.indexOf('\n\n');
  if (blank < 0) return malformed('no blank line before the checkpoint');
  const [header, ...lines] = text.slice(0, blank).split('\n');
  if (header !== PREFIX_PROOF_HEADER) {
    return malformed(`the first line is not ${PREFIX_PROOF_HEADER}`);
  }
  if (lines.length > MAX_PREFIXES * (1 + MAX_PROOF_HASHES)) return malformed('too many lines');
  const prefixes: (Prefix & { path: Hash[] })[] = [];
  for (const line of lines) {
    const [, size, rootText] = /^prefix (0|[1-9]\d{0,15}) (\S+)$/.exec(line) ?? [];
    const hash = bytesOfBase64(rootText ?? line);
    if (hash?.byteLength !== HASH_BYTES) return malformed('a hash is not 32 bytes of base64');
    if (size !== undefined) prefixes.push({ size: Number(size), root: hash, path: [] });
    else {
      const last = prefixes.at(-1);
      if (last === undefined) return malformed('a hash before the first prefix');
      last.path.push(hash);
    }
  }
  if (prefixes.length === 0) return malformed('it proves no prefix');
  if (prefixes.length > MAX_PREFIXES) return malformed(`more than ${MAX_PREFIXES} prefixes`);
  return E.right({ prefixes, checkpoint: text.slice(blank + 2) });
}

/** @param origin that the checkpoint must be for; by default the verifier key's name */
export function verifyPrefixProof(
  verifierKey: string,
  text: string,
  origin?: string,
): Either<ProofError, { readonly prefixes: readonly Prefix[]; readonly checkpoint: Checkpoint }> {
  const proof = parsePrefixProof(text);
  if (E.isLeft(proof)) return proof;
  const signed = verifyCheckpoint(verifierKey, proof.right.checkpoint, origin);
  if (E.isLeft(signed)) return signed;
  const { prefixes } = proof.right;
  for (const { size, root, path } of prefixes) {
    if (!verifyConsistency(size, root, signed.right.size, signed.right.root, path)) {
      const message = `the path does not lead from the tree of ${size} to the signed root`;
      return E.left({ code: 'proof_wrong', message });
    }
  }
  const proven = prefixes.map(({ size, root }) => ({ size, root }));
  return E.right({ prefixes: proven, checkpoint: signed.right });
}

function malformed(message: string): Either<ProofError, never> {
  return E.left({ code: 'proof_malformed', message });
}
