/**
 * A settlement that its authority answers for, offline: its entry, and the C2SP tlog-proof that the
 * entry stands under a head which the authority's key signed. Nothing else is signed: the head is.
 */
import * as E from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import { integer, object, text } from '../../events/codecs.ts';
import type { Checkpoint } from '../../events/checkpoint.ts';
import { decodeEvent } from '../../events/decode-event.ts';
import type { ProofError } from '../../events/proof-text.ts';
import { verifyInclusionProof } from '../../events/proof-text.ts';
import type { SignedTree } from '../proofs/signed-tree.ts';
import { proveInclusion } from '../proofs/signed-tree.ts';
import type { Published, Settlement } from './published.ts';

export const signedSettlement = object({
  sequence: integer(0, Number.MAX_SAFE_INTEGER),
  /** The line, without its newline. */
  entry: text('entry', /^[^\n]{1,262144}$/),
  /** Text of the tlog-proof. */
  proof: text('proof', /^[\s\S]{1,2097152}$/),
});
export type SignedSettlement = (typeof signedSettlement)['_A'];

export const signedOf = (tree: SignedTree, { event, entry }: Settlement): SignedSettlement => ({
  sequence: event.sequence,
  entry: Buffer.from(entry).toString('utf8'),
  proof: proveInclusion(tree, event.sequence),
});

export interface ProvenSettlement {
  readonly event: Published;
  readonly checkpoint: Checkpoint;
}

/** @param verifierKey of the authority, trusted by whoever asks */
export function verifySigned(
  verifierKey: string,
  { sequence, entry, proof }: SignedSettlement,
): Either<ProofError, ProvenSettlement> {
  const line = Buffer.from(entry, 'utf8');
  const proven = verifyInclusionProof(verifierKey, line, proof);
  if (E.isLeft(proven)) return proven;
  const event = decodeEvent(line);
  if (E.isLeft(event)) return wrong(`the entry cannot be read: ${event.left.message}`);
  const { right } = event;
  if (right.sequence !== proven.right.index || right.sequence !== sequence)
    return wrong(`the entry calls itself ${right.sequence}, it stands at ${proven.right.index}`);
  if (right.type !== 'daybook.settlement.published.v2')
    return wrong(`the entry is a ${right.type}, no settlement`);
  return E.right({ event: right, checkpoint: proven.right.checkpoint });
}

export const wrong = (message: string): Either<ProofError, never> =>
  E.left({ code: 'proof_wrong', message });
export const malformed = (message: string): Either<ProofError, never> =>
  E.left({ code: 'proof_malformed', message });
