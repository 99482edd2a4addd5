/** How the parties of a simulated network come into it where its registry is open: by themselves. */
import { digestOf } from '../events/digest.ts';
import type { LedgerId } from '../events/ids.ts';
import { consentOf } from '../events/key-consent.ts';
import type { SigningKey } from '../events/nkey.ts';
import { generateKey } from '../events/nkey.ts';
import type { Registration } from '../roles/enrolment.ts';
import type { Chance } from './chance.ts';
import type { Party, Scenario } from './scenario.ts';

/** Else the operator admits them. */
export const comesByItself = ({ policy }: Scenario): boolean => policy.registry?.posture === 'open';

/** Of the ledger. @param chance of the plan */
export const nonceOf = (chance: Chance): string =>
  Buffer.from(chance.of('nonce').bytes(32)).toString('hex');

const BUILD = digestOf(Buffer.from('simulated'));

/** @param chance of the plan */
export function registrationOf(
  { name, role }: Party,
  key: SigningKey,
  ledger: LedgerId,
  chance: Chance,
): Registration {
  const recovery = generateKey(chance.of(`recovery of ${name}`).bytes(32));
  const consent = consentOf(recovery, { ledger, nonce: nonceOf(chance) }, key.actor, 'recovery');
  return {
    role,
    name,
    recovery: { key: recovery.actor, consent },
    build: BUILD,
    invitation: null,
    machine: null,
  };
}
