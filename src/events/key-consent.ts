/**
 * A key's consent to stand for an identity: without it anybody could name another's key as his own
 * recovery key, or take it before its owner does. It is signed over
 *
 *   daybook-consent-v1:<recovery | key>\n<ledger>\n<nonce>\n<participant>
 *
 * and so holds in one ledger, for one identity and for one use.
 */
import { base64Of, bytesOfBase64 } from './base64.ts';
import type { ActorId } from './ids.ts';
import type { SigningKey } from './nkey.ts';
import { verifySignature } from './nkey.ts';

/** As what a key stands for an identity: to speak for it, or to replace who does. */
export type ConsentUse = 'key' | 'recovery';

export interface ConsentedLedger {
  readonly ledger: string;
  /** Absent in ledgers of the first rules. */
  readonly nonce?: string;
}

const textOf = ({ ledger, nonce }: ConsentedLedger, participant: ActorId, use: ConsentUse) =>
  Buffer.from(`daybook-consent-v1:${use}\n${ledger}\n${nonce ?? ''}\n${participant}`, 'utf8');

/** Base64 of the signature. */
export const consentOf = (
  key: SigningKey,
  ledger: ConsentedLedger,
  participant: ActorId,
  use: ConsentUse,
): string => base64Of(key.sign(textOf(ledger, participant, use)));

export function consents(
  key: ActorId,
  consent: string,
  ledger: ConsentedLedger,
  participant: ActorId,
  use: ConsentUse,
): boolean {
  const signature = bytesOfBase64(consent);
  return (
    signature !== undefined && verifySignature(key, textOf(ledger, participant, use), signature)
  );
}
