/** A settlement that a ledger published, with the payouts under its root, made again from the entries. */
import { left, right } from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import type { EventOf, LedgerEvent } from '../../events/catalogue.ts';
import type { Books } from '../../projections/books.ts';
import type { CumulativePayout } from '../../commands/rules/money/settlement.ts';
import { cumulativePayouts, cumulativeRoot } from '../../commands/rules/money/settlement.ts';
import { Rebuild } from '../rebuild.ts';

export type Published = EventOf<'daybook.settlement.published.v2'>;

export interface Settlement {
  readonly event: Published;
  /** Its line, without the newline. */
  readonly entry: Uint8Array;
  /** By participant: the leaves of its tree. */
  readonly payouts: readonly CumulativePayout[];
  /** Right after it. */
  readonly books: Books;
}

export type SettlementErrorCode = 'settlement_unknown' | 'settlement_wrong';
export interface SettlementError {
  readonly code: SettlementErrorCode;
  readonly message: string;
}

const isSettlement = (event: LedgerEvent): event is Published =>
  event.type === 'daybook.settlement.published.v2';
const MARK = '"daybook.settlement.published.v2"';

/**
 * @param lines of the ledger from its first on
 * @param sequence of the settlement; default: the last one
 * @param each hands out the lines to fold, such as one that counts them
 * @throws Fault log_corrupt
 */
export function settlementIn(
  lines: readonly Uint8Array[],
  sequence?: number,
  each: (lines: readonly Uint8Array[]) => Iterable<Uint8Array> = (all) => all,
): Either<SettlementError, Settlement> {
  const at = sequence ?? lines.findLastIndex((line) => Buffer.from(line).includes(MARK));
  const entry = lines[at];
  const rebuild = new Rebuild();
  if (entry === undefined) {
    if (sequence === undefined) for (const line of each(lines)) rebuild.add(line);
    return unknown(sequence, rebuild.books.policy?.vesting !== undefined);
  }
  let event: LedgerEvent | null = null;
  for (const line of each(lines.slice(0, at + 1))) event = rebuild.add(line);
  if (event === null || !isSettlement(event)) return unknown(sequence, true);
  const payouts = cumulativePayouts(rebuild.books);
  if (cumulativeRoot(payouts) !== event.data.root)
    return left({
      code: 'settlement_wrong',
      message: `the root of entry ${at} is not that of the payouts that its ledger gives`,
    });
  return right({ event, entry, payouts, books: rebuild.books });
}

function unknown(sequence: number | undefined, vesting: boolean): Either<SettlementError, never> {
  const message =
    sequence !== undefined
      ? `entry ${sequence} is no settlement over cumulative payouts`
      : vesting
        ? 'no settlement over cumulative payouts was published yet: one is when a period closes'
        : 'there are no settlements over cumulative payouts: the policy has no vesting, so payouts went to the wallets at once';
  return left({ code: 'settlement_unknown', message });
}
