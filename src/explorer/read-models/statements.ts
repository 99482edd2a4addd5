/**
 * Account statements: each posting to or from a participant's accounts, with the sequences it rests
 * on. The reward book keeps balances; this fold of the same journals keeps the lines, so that every
 * credit on the page can be traced. Invariant: per account and unit, the lines sum to the balance.
 */
import type { EventOf } from '../../events/catalogue.ts';
import { msOfTime } from '../../events/entry.ts';

export type AccountKind = 'earned' | 'escrow' | 'wallet' | 'vesting';

export interface StatementLine {
  readonly sequence: number;
  readonly timeMs: number;
  readonly transfer: string;
  readonly account: AccountKind;
  readonly run: string | null;
  readonly unit: 'micro' | 'work' | 'audit';
  /** Signed decimal: what the account gained. */
  readonly amount: string;
  readonly reason: string;
  /** Sequences of the facts that the transfer rests on. */
  readonly because: readonly number[];
}

/** By participant, in ledger order. */
export type Statements = Map<string, StatementLine[]>;

export function foldStatement(
  statements: Statements,
  event: EventOf<'daybook.journal.posted.v1'>,
): void {
  const timeMs = msOfTime(event.time);
  for (const transfer of event.data.transfers) {
    const { id, unit, amount, reason, because } = transfer;
    const post = (account: string, signed: string): void => {
      const owner = ownerOf(account);
      if (owner === undefined) return;
      const { participant, kind, run } = owner;
      const lines = statements.get(participant) ?? [];
      statements.set(participant, lines);
      lines.push({
        sequence: event.sequence,
        timeMs,
        transfer: id,
        account: kind,
        run,
        unit,
        amount: signed,
        reason,
        because,
      });
    };
    post(transfer.debit, amount === '0' ? amount : `-${amount}`);
    post(transfer.credit, amount);
  }
}

/** The statements as they were when the ledger had so many entries. */
export const statementsBefore = (statements: Statements, size: number): Statements =>
  new Map(
    [...statements]
      .map(([who, lines]) => [who, lines.filter(({ sequence }) => sequence < size)] as const)
      .filter(([, lines]) => lines.length > 0),
  );

/**
 * Whose account it is, by the chart of accounts (`escrow/A`, `earned/<run>/A`, `participant/A`,
 * `vesting/<run>/A/<bucket>`).
 */
function ownerOf(
  account: string,
): { participant: string; kind: AccountKind; run: string | null } | undefined {
  const [family, first, second] = account.split('/');
  if (first === undefined) return undefined;
  if (family === 'escrow') return { participant: first, kind: 'escrow', run: null };
  if (family === 'participant') return { participant: first, kind: 'wallet', run: null };
  if (family === 'earned' && second !== undefined)
    return { participant: second, kind: 'earned', run: first };
  if (family === 'vesting' && second !== undefined)
    return { participant: second, kind: 'vesting', run: first };
  return undefined;
}

/** Sum of the amounts that transfers of these ids took off an earned account, as a non-negative decimal. */
export function takenFor(
  lines: readonly StatementLine[],
  unit: 'work' | 'audit',
  transfers: RegExp,
): string {
  return lines
    .filter(
      (line) => line.account === 'earned' && line.unit === unit && transfers.test(line.transfer),
    )
    .reduce((sum, line) => sum - BigInt(line.amount), 0n)
    .toString();
}
