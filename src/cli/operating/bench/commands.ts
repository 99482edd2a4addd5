/** How many signed commands this machine reads and checks, against the runtime's bare check of their signatures. */
import assert from 'node:assert';
import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { isRight } from 'fp-ts/lib/Either.js';
import {
  decodeCommand,
  encodeCommand,
  signCommand,
  statementOf,
} from '../../../commands/command.ts';
import type { LedgerId } from '../../../events/ids.ts';
import { generateKey, publicKeyOf } from '../../../events/nkey.ts';
import { statementBytes, verifyStatement } from '../../../events/statement.ts';
import type { Rates } from './in-turns.ts';
import { inTurns, rateOf } from './in-turns.ts';

const COMMANDS = 500;

/** One core: who has more checks that many times as many, a thread each. */
export function commandRates(rounds: number): Promise<Rates> {
  const key = generateKey(randomBytes(32));
  const made = Array.from({ length: COMMANDS }, (_none, n) =>
    signCommand(key, 'bench' as LedgerId, `beat-${n}`, {
      type: 'daybook.participant.heartbeated.v1',
      data: { participant: key.actor, session: 1, beat: n + 1 },
    }),
  );
  const sent = made.map(encodeCommand);
  const bare = made.map((one) => ({
    bytes: statementBytes(statementOf(one)),
    signature: Buffer.from(one.sig, 'base64'),
  }));
  const x = Buffer.from(publicKeyOf(key.actor)).toString('base64url');
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  return inTurns(
    rounds,
    () =>
      rateOf(COMMANDS, () => {
        for (const { bytes, signature } of bare) assert(verify(null, bytes, publicKey, signature));
      }),
    () =>
      rateOf(COMMANDS, () => {
        for (const bytes of sent) {
          const command = decodeCommand(bytes);
          assert(isRight(command), 'as it was sent');
          assert(verifyStatement(statementOf(command.right), command.right.sig));
        }
      }),
  );
}
