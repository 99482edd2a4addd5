/** How parties of a scenario come into an open network: by themselves, with stake from outside. */
import { digestOf } from '../events/digest.ts';
import type { ConsentedLedger } from '../events/key-consent.ts';
import { consentOf } from '../events/key-consent.ts';
import type { SigningKey } from '../events/nkey.ts';
import { generateKey } from '../events/nkey.ts';
import type { Policy } from '../projections/books.ts';
import type { Registration } from '../roles/enrolment.ts';
import type { Chance } from './chance.ts';
import type { Party } from './scenario.ts';

/** Whether nobody is admitted by the operator. */
export const isOpen = ({ registry }: Policy): boolean => registry?.posture === 'open';

export function registrationOf(
  { name, role, owner = name }: Party,
  { actor }: SigningKey,
  ledger: ConsentedLedger,
  chance: Chance,
): Registration {
  const recovery = generateKey(chance.of(`recovery of ${owner}`).bytes(32));
  const consent = consentOf(recovery, ledger, actor, 'recovery');
  return {
    role,
    name,
    recovery: { key: recovery.actor, consent },
    build: digestOf(Buffer.from('simulated')),
    invitation: null,
    machine: null,
  };
}
