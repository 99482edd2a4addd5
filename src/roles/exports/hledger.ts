/**
 * The whole reward book as an hledger journal (hledger.org/hledger.html#journal): every transfer is a
 * transaction of two postings, the debited account gives and the credited one gets, so balances there
 * are credits less debits as here. Each posting asserts the balance that its account has after it.
 * Money has six exact decimals. All accounts and commodities are declared, which `hledger check
 * --strict` wants.
 */
import type { DataOfType } from '../../events/catalogue.ts';
import type { History } from './history.ts';

type Transfer = DataOfType<'daybook.journal.posted.v1'>['transfers'][number];
type Unit = Transfer['unit'];

const COMMODITIES: { readonly [unit in Unit]: string } = {
  micro: 'MONEY',
  work: 'WORK',
  audit: 'AUDIT',
};
const DECLARATIONS = [
  'commodity 1000.000000 MONEY',
  'commodity 1000. WORK',
  'commodity 1000. AUDIT',
];
const DECIMALS = 6;

export function hledgerJournal({ events }: Pick<History, 'events'>): string {
  const balances = new Map<string, bigint>();
  const accounts = new Set<string>();
  const transactions: string[] = [];
  const posting = (account: string, unit: Unit, change: bigint): string => {
    accounts.add(account);
    const balance = (balances.get(`${unit}:${account}`) ?? 0n) + change;
    balances.set(`${unit}:${account}`, balance);
    return `    ${account}  ${valueOf(change, unit)} = ${valueOf(balance, unit)}`;
  };
  for (const event of events) {
    if (event.type !== 'daybook.journal.posted.v1') continue;
    for (const transfer of event.data.transfers) {
      const amount = BigInt(transfer.amount);
      transactions.push(
        [
          headOf(transfer, event.sequence, event.time.slice(0, 10)),
          posting(accountOf(transfer.debit), transfer.unit, -amount),
          posting(accountOf(transfer.credit), transfer.unit, amount),
        ].join('\n'),
      );
    }
  }
  const declared = [...accounts].sort().map((name) => `account ${name}`);
  return `${[[...DECLARATIONS, ...declared].join('\n'), ...transactions].join('\n\n')}\n`;
}

function headOf({ id, reason, because }: Transfer, sequence: number, date: string): string {
  const grounds = because.length === 0 ? '' : `, because:${because.join(' ')}`;
  return `${date} (${sequence}) ${reason}  ; transfer:${id}${grounds}`;
}

/** `pool/r/0` is a path there, too. */
const accountOf = (account: string): string => account.replaceAll('/', ':');

const valueOf = (value: bigint, unit: Unit): string =>
  `${unit === 'micro' ? decimal(value) : value} ${COMMODITIES[unit]}`;

function decimal(micro: bigint): string {
  const isNegative = micro < 0n;
  const digits = (isNegative ? -micro : micro).toString().padStart(DECIMALS + 1, '0');
  return `${isNegative ? '-' : ''}${digits.slice(0, -DECIMALS)}.${digits.slice(-DECIMALS)}`;
}
