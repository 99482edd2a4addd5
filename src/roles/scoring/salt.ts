/**
 * The salt of a commitment, from the validator's key: a process that starts again between commitment
 * and scores finds the same one, and nothing has to be kept on a disk.
 *
 * It is SHA-256 of an Ed25519 signature (RFC 8032: deterministic) over a text that names ledger, run
 * and window. Without the private key the signature cannot be guessed, so neither can the scores
 * behind a commitment be tried out; the hash shows nothing of the signature; and its first line keeps
 * it apart from statements and checkpoints, which are signed too.
 */
import { sha256 } from '../../events/digest.ts';
import type { SigningKey } from '../../events/nkey.ts';

/** 32 bytes in hex. */
export function saltOf(key: SigningKey, ledger: string, run: string, window: number): string {
  const text = `daybook.scores-salt.v1\n${ledger}\n${run}\n${window}`;
  return Buffer.from(sha256(key.sign(Buffer.from(text, 'utf8')))).toString('hex');
}
