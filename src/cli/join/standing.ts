/** Where somebody stands with a ledger: registered, or what registering would lead to; and his stake. */
import { isLeft } from 'fp-ts/lib/Either.js';
import type { RefusalCode } from '../../commands/refusal.ts';
import { REFUSALS } from '../../commands/refusal.ts';
import { walletOf } from '../../commands/rules/money/accounts.ts';
import type { SigningKey } from '../../events/nkey.ts';
import { balanceOf } from '../../projections/balances.ts';
import type { Books } from '../../projections/books.ts';
import { identityOf, isRevoked, keyOf } from '../../projections/identities.ts';
import { countingEscrow, leastStake } from '../../projections/stakes.ts';
import type { Registration } from '../../roles/enrolment.ts';
import { registrationFact } from '../../roles/enrolment.ts';
import { decideHere } from '../ledger/decide-here.ts';
import type { LedgerOptions } from '../ledger/ledger-options.ts';
import { SOFTWARE } from '../terminal/software.ts';

export type Standing =
  | { readonly status: 'registered' | 'admitted' }
  | { readonly status: 'would_be_recorded'; readonly sequence: number }
  | {
      readonly status: 'refused';
      readonly code: RefusalCode;
      readonly message: string;
      readonly advice: string;
      /** What the operator has to run; null: nothing of that kind helps. */
      readonly operator: string | null;
    };

export interface Stake {
  /** All in micro-units. */
  readonly least: bigint;
  readonly escrow: bigint;
  readonly wallet: bigint;
  readonly missing: bigint;
}

export function standingOf(
  books: Books,
  key: SigningKey,
  role: Registration['role'],
  name: string,
  registration: Registration | null,
  at: LedgerOptions,
): Standing {
  const self = identityOf(books, key.actor);
  const refused = (code: RefusalCode, message: string, command: string | null): Standing => {
    const operator = command === null ? null : `${command} --key operator.nk ${atText(at)}`;
    return { status: 'refused', code, message, advice: REFUSALS[code].advice, operator };
  };
  if (isRevoked(books, self)) return refused('key_revoked', self, null);
  if (keyOf(books, self) !== key.actor) return refused('key_retired', key.actor, null);
  const member = books.members[self];
  if (member !== undefined && member.role !== role)
    return {
      status: 'refused',
      code: 'not_authorised',
      message: `this key is a ${member.role}'s`,
      advice: `use --role ${member.role}, or another --key`,
      operator: null,
    };
  const admit = `daybook identity admit ${key.actor} --role ${role} --name ${name}`;
  if (registration === null || registration.recovery === null) {
    if (member === undefined) return refused('participant_unknown', key.actor, admit);
    return { status: books.policy?.registry === undefined ? 'admitted' : 'registered' };
  }
  const fact = registrationFact(registration, key.actor, SOFTWARE);
  const decided = decideHere(books, `register-${key.actor}`, key, at, fact);
  if (!isLeft(decided)) return { status: 'would_be_recorded', sequence: decided.right.sequence };
  const { code, message } = decided.left;
  const commands: { [code in RefusalCode]?: string } = {
    admission_needed: admit,
    invitation_needed: `daybook identity invite ${key.actor} --name ${name} --until <date>`,
  };
  return refused(code, message, commands[code] ?? null);
}

export function stakeOf(books: Books, key: SigningKey, role: Registration['role']): Stake {
  const self = identityOf(books, key.actor);
  const least = leastStake(books.policy, role);
  const escrow = countingEscrow(books, self);
  const wallet = balanceOf(books, 'micro', walletOf(self));
  const short = least - escrow - wallet;
  return { least, escrow, wallet, missing: short > 0n ? short : 0n };
}

/** What the operator runs once the money has arrived. */
export const depositCommand = (who: string, missing: bigint, at: LedgerOptions): string =>
  `daybook identity deposit ${who} --amount ${missing} --reference <transaction> ` +
  `--depositor <depositor> --key operator.nk ${atText(at)}`;

const atText = ({ log, ledger }: LedgerOptions): string => `--log ${log} --ledger ${ledger}`;
