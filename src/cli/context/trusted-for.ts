/**
 * Whom a verifier key that nobody said is trusted for: the ledger that it names. Held against another one
 * it would prove a mismatch that is none, and left out it would let a renamed ledger pass: it is refused,
 * and whoever asked says which key it is to be.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import type { Command } from 'commander';
import { isKeyName, parseVerifierKey } from '../../events/note.ts';
import { EXIT, Exit } from '../terminal/exit.ts';

/**
 * @param origin of what is verified, as it says itself; null: it says none, and will fail for that
 * @throws Exit verifier_of_another_ledger
 */
export function mustBeTrustedFor(command: Command, origin: string | null): void {
  if (origin === null || command.getOptionValueSource('key') !== 'config') return;
  const key = parseVerifierKey(command.getOptionValue('key') as string);
  if (isLeft(key) || key.right.name === origin) return;
  throw new Exit(
    EXIT.usage,
    `the key that is trusted is that of ${key.right.name}, and this is of ${origin}`,
    'verifier_of_another_ledger',
  );
}

/** The origin that a signed note names. */
export function originOf(note: string): string | null {
  const [origin = ''] = note.split('\n', 1);
  return isKeyName(origin) ? origin : null;
}

/** The same of a proof: the note stands behind its first blank line. */
export function originIn(proof: string): string | null {
  const blank = proof.indexOf('\n\n');
  return blank < 0 ? null : originOf(proof.slice(blank + '\n\n'.length));
}
