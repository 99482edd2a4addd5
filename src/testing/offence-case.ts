/**
 * Offences on a desk: the case of dispute-case.ts under a policy with a ladder, what two statements of
 * one key look like as evidence, and panels that hear appeals.
 */
import { statementOf, signCommand } from '../commands/command.ts';
import { seedNetworkPolicy } from '../commands/network-policy.ts';
import type { LedgerEvent } from '../events/catalogue.ts';
import { formatEquivocation } from '../events/equivocation.ts';
import type { SignedStatement } from '../events/equivocation.ts';
import type { SigningKey } from '../events/nkey.ts';
import type { Policy } from '../projections/books.ts';
import { must } from '../projections/books.ts';
import type { OffenceRecord, Vote } from '../projections/offence-book.ts';
import type { Cast } from './cast.ts';
import type { Desk, Result } from './desk.ts';
import { keyNamed, LEDGER } from './desk.ts';
import { DisputeCase } from './dispute-case.ts';

export const LADDER = {
  ...seedNetworkPolicy.ladder,
  quarantineWindows: 1,
  appealMs: 60_000,
  panelMs: 30_000,
} satisfies Policy['ladder'];

/** The first slot is rejected by both of its panel, where rejections are offences. */
export const rejectedCase = (
  ladder: Partial<typeof LADDER> = {},
  policy: Partial<Policy> = {},
  validators = 6,
): DisputeCase =>
  DisputeCase.rejected({ ladder: { ...LADDER, ...ladder }, ...policy }, validators, { windows: 4 });

export const offencesOf = ({ books }: Desk, key: SigningKey): readonly OffenceRecord[] =>
  books.offences?.[key.actor] ?? [];

/** Two reasons for one farewell, under one command id. */
export function contradiction(
  desk: Desk,
  key: SigningKey,
  ledger = LEDGER,
  name = 'farewell',
): string {
  const id = desk.idOf(name, 'daybook.participant.left.v1');
  const said = (reason: string): SignedStatement => {
    const data = { participant: key.actor, session: 1, reason };
    const command = signCommand(key, ledger, id, { type: 'daybook.participant.left.v1', data });
    return { statement: statementOf(command), sig: command.sig };
  };
  return formatEquivocation(said('shutdown'), said('maintenance'));
}

export const submitEvidence = (
  desk: Desk,
  text: string,
  kind: 'equivocation' | 'fork' = 'equivocation',
): Result => desk.say(keyNamed('a passer-by'), 'daybook.evidence.submitted.v1', { kind, text });

export const fileAppeal = (cast: Cast, key: SigningKey, offence: string): Result =>
  cast.desk.say(key, 'daybook.appeal.filed.v1', {
    offence,
    session: cast.sessionOf(key.actor),
    statement: 'it comes out the same here',
  });

export const voteOn = (cast: Cast, actor: string, offence: string, vote: Vote): Result =>
  cast.desk.say(cast.keyOf(actor), 'daybook.appeal.voted.v1', {
    offence,
    session: cast.sessionOf(actor),
    vote,
    reasons: ['recomputed'],
  });

/** As many of the panel as it takes, all for the same. */
export function voteAll(cast: Cast, offence: string, vote: Vote): LedgerEvent[] {
  const appeal = must(cast.desk.books.appeals?.[offence], 'appeal');
  return appeal.panel.slice(0, appeal.terms.quorum).flatMap((actor) => {
    const said = voteOn(cast, actor, offence, vote);
    return said.ok ? [...said.events] : [];
  });
}
