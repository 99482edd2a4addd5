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

/** Whether a line looks like a settlement's; no other entry's has the mark, unless in its text. */
export const looksSettled = (line: Uint8Array): boolean =>
  Buffer.from(line.buffer, line.byteOffset, line.byteLength).includes(MARK);

/** Folds a ledger's lines, one after another and none kept, up to a settlement. */
export class SettlementSearch {
  readonly #sequence: number | undefined;
  readonly #rebuild = new Rebuild();
  #last: { readonly event: LedgerEvent; readonly entry: Uint8Array } | null = null;

  /** @param sequence of the settlement; undefined: there is none that looks like one */
  constructor(sequence: number | undefined) {
    this.#sequence = sequence;
  }

  /** @param line without its newline, after those before it. @throws Fault log_corrupt */
  take(line: Uint8Array): void {
    if (this.isOver) return;
    const event = this.#rebuild.add(line);
    if (event.sequence === this.#sequence) this.#last = { event, entry: new Uint8Array(line) };
  }

  /** What comes later does not matter. */
  get isOver(): boolean {
    return this.#last !== null;
  }

  get found(): Either<SettlementError, Settlement> {
    const { books } = this.#rebuild;
    if (this.#last === null) return unknown(this.#sequence, books.policy?.vesting !== undefined);
    const { event, entry } = this.#last;
    if (!isSettlement(event)) return unknown(this.#sequence, true);
    const payouts = cumulativePayouts(books);
    if (cumulativeRoot(payouts) !== event.data.root)
      return left({
        code: 'settlement_wrong',
        message: `the root of entry ${event.sequence} is not that of the payouts that its ledger gives`,
      });
    return right({ event, entry, payouts, books });
  }
}

/**
 * The same of lines that are held.
 * @param lines of the ledger from its first on
 * @param sequence of the settlement; default: the last one
 * @throws Fault log_corrupt
 */
export function settlementIn(
  lines: readonly Uint8Array[],
  sequence?: number,
): Either<SettlementError, Settlement> {
  const last = lines.findLastIndex(looksSettled);
  const search = new SettlementSearch(sequence ?? (last < 0 ? undefined : last));
  for (const line of lines) search.take(line);
  return search.found;
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
