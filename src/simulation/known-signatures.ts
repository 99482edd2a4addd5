/**
 * Signatures that this simulation has made itself. Checking an Ed25519 signature is a pure function of
 * key, bytes and signature, and of one that the key has just made over these bytes the result is
 * known. Everything else - other bytes, another actor, another signature - is checked in full.
 */
import { base64Of } from '../events/base64.ts';
import type { SigningKey } from '../events/nkey.ts';
import type { VerifyStatement } from '../events/statement.ts';
import { statementBytes, verifyStatement } from '../events/statement.ts';

interface Made {
  readonly actor: string;
  readonly message: Uint8Array;
}

export class KnownSignatures {
  readonly #made = new Map<string, Made>();

  /** The key, with its signatures remembered. */
  of(key: SigningKey): SigningKey {
    const { actor } = key;
    const sign = (message: Uint8Array): Uint8Array => {
      const signature = key.sign(message);
      this.#made.set(base64Of(signature), { actor, message: new Uint8Array(message) });
      return signature;
    };
    return { actor, seed: () => key.seed(), sign };
  }

  readonly verify: VerifyStatement = (statement, sig) => {
    const made = this.#made.get(sig);
    const known =
      made !== undefined &&
      made.actor === statement.actor &&
      Buffer.compare(made.message, statementBytes(statement)) === 0;
    return known || verifyStatement(statement, sig);
  };
}
