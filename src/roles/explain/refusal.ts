/**
 * Why a command is refused. Refusals leave no entry - nothing was appended - so there is nothing to
 * look up: given the command and the books, the decision is made again, and the entries about the same
 * subject are the story that led to it.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import type { LedgerEvent } from '../../events/catalogue.ts';
import { subjectOf } from '../../events/catalogue.ts';
import { verifyStatement } from '../../events/statement.ts';
import type { Command } from '../../commands/command.ts';
import { decodeCommand, statementOf } from '../../commands/command.ts';
import { permit } from '../../commands/decide.ts';
import type { Refusal, RefusalCode } from '../../commands/refusal.ts';
import { REFUSALS, refuse } from '../../commands/refusal.ts';
import { commandRecord } from '../../projections/command-book.ts';
import type { Evidence } from './chronicle.ts';
import type { Party } from './party.ts';
import { partyOf } from './party.ts';

export interface RefusalExplanation {
  readonly code: RefusalCode;
  readonly retryable: boolean;
  readonly advice: string;
  /** The command decided again on the books at hand; null without one. */
  readonly judged: JudgedCommand | null;
}

export interface JudgedCommand {
  /** Null for bytes that are no command. */
  readonly id: string | null;
  readonly type: string | null;
  readonly subject: string | null;
  readonly actor: Party | null;
  readonly outcome: 'refused' | 'permitted' | 'recorded';
  /** Of its own entry, when it was recorded. */
  readonly sequence: number | null;
  readonly refusal: Refusal | null;
  /** Entries about the same subject, oldest first. */
  readonly history: readonly { readonly sequence: number; readonly type: string }[];
}

export const isRefusalCode = (code: string): code is RefusalCode => Object.hasOwn(REFUSALS, code);

/** @param command the bytes that were sent, with the ledger to decide them on */
export const explainRefusal = (
  code: RefusalCode,
  command: { readonly bytes: Uint8Array; readonly evidence: Evidence } | null,
): RefusalExplanation => ({
  code,
  ...REFUSALS[code],
  judged: command === null ? null : judge(command.evidence, command.bytes),
});

function judge(evidence: Evidence, bytes: Uint8Array): JudgedCommand {
  const decoded = decodeCommand(bytes);
  if (isLeft(decoded))
    return {
      id: null,
      type: null,
      subject: null,
      actor: null,
      outcome: 'refused',
      sequence: null,
      refusal: decoded.left,
      history: [],
    };
  const command = decoded.right;
  const known = commandRecord(evidence.books, command.id);
  const recorded = known?.sig === command.sig ? known : undefined;
  const refusal = recorded === undefined ? refusalOf(evidence, command) : null;
  const subject = subjectOf(command.fact);
  return {
    id: command.id,
    type: command.fact.type,
    subject,
    actor: partyOf(evidence.books, command.actor),
    outcome: recorded !== undefined ? 'recorded' : refusal === null ? 'permitted' : 'refused',
    sequence: recorded?.sequence ?? null,
    refusal,
    history: evidence.chronicle
      .about(subject)
      .map(({ sequence, type }: LedgerEvent) => ({ sequence, type })),
  };
}

/** In the order in which the authority asks. */
function refusalOf({ books }: Evidence, command: Command): Refusal | null {
  const { ledger } = books.ledger;
  if (command.ledger !== ledger) return refuse('wrong_ledger', `this is ${ledger}`);
  if (!verifyStatement(statementOf(command), command.sig))
    return refuse('bad_signature', `of actor ${command.actor}`);
  const known = commandRecord(books, command.id);
  if (known !== undefined)
    return refuse('command_id_conflict', `recorded at sequence ${known.sequence}`);
  const permitted = permit(books, command);
  return isLeft(permitted) ? permitted.left : null;
}
