/**
 * Evidence that a signer signed two logs that do not fit, for anybody to check:
 *
 *   daybook.local/fork@v1
 *   <prefix proof: header, one prefix, its path, blank line, signed checkpoint>
 *   <blank line>
 *   <signed checkpoint of the prefix's size, over another root>
 *
 * Invariant: evidence that verifies holds two valid signatures by the key, so an honest signer cannot
 * be accused. (Of two heads of one size the path is empty.)
 */
import * as E from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import { verifyCheckpoint } from './checkpoint.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { ProofError } from './proof-text.ts';
import { verifyPrefixProof } from './prefix-proof.ts';

export const FORK_HEADER = 'daybook.local/fork@v1';

/** @param prefixProof text of a proof of one prefix, of the other note's size */
export const formatFork = (prefixProof: string, otherNote: string): string =>
  `${FORK_HEADER}\n${prefixProof}\n${otherNote}`;

export interface Fork {
  /** The larger log, or either of two of one size. */
  readonly head: Checkpoint;
  readonly other: Checkpoint;
}

/** @param origin that both must be for; by default the verifier key's name */
export function verifyFork(
  verifierKey: string,
  text: string,
  origin?: string,
): Either<ProofError, Fork> {
  const [first = '', textA, signaturesA, textB, signaturesB, ...rest] = text.split('\n\n');
  if (!first.startsWith(`${FORK_HEADER}\n`) || signaturesB === undefined || rest.length > 0) {
    return bad('proof_malformed', `not ${FORK_HEADER}: a prefix proof, then a signed checkpoint`);
  }
  const proof = `${first.slice(FORK_HEADER.length + 1)}\n\n${textA}\n\n${signaturesA}\n`;
  const proven = verifyPrefixProof(verifierKey, proof, origin);
  if (E.isLeft(proven)) return proven;
  const other = verifyCheckpoint(verifierKey, `${textB}\n\n${signaturesB}`, origin);
  if (E.isLeft(other)) return other;
  const [prefix, ...more] = proven.right.prefixes;
  if (prefix === undefined || more.length > 0 || prefix.size !== other.right.size) {
    return bad('proof_malformed', 'the proven prefix is not of the other head');
  }
  if (Buffer.compare(prefix.root, other.right.root) === 0) {
    return bad('proof_wrong', 'the two heads fit: one log begins the other');
  }
  return E.right({ head: proven.right.checkpoint, other: other.right });
}

function bad(code: ProofError['code'], message: string): Either<ProofError, never> {
  return E.left({ code, message });
}
