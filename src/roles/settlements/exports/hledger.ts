/**
 * Every transfer up to the settlement as an hledger journal (hledger.org/hledger.html#journal): a
 * transaction of two postings, the debited account gives and the credited one gets, so balances there
 * are credits less debits as here. Money has six exact decimals. All accounts and commodities are
 * declared, which `hledger check --strict` wants.
 */
import { right } from 'fp-ts/lib/Either.js';
import type { DataOfType } from '../../../events/catalogue.ts';
import type { SettlementExport } from './settlement-export.ts';

type Transfer = DataOfType<'daybook.journal.posted.v1'>['transfers'][number];

const COMMODITIES: { readonly [unit in Transfer['unit']]: string } = {
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

export const hledgerExport: SettlementExport = {
  name: 'hledger',
  doc: 'every transfer so far as a journal for hledger',
  write: ({ events }) => {
    const accounts = new Set<string>();
    const transactions: string[] = [];
    for (const event of events) {
      if (event.type !== 'daybook.journal.posted.v1') continue;
      for (const transfer of event.data.transfers) {
        const [from, to] = [accountOf(transfer.debit), accountOf(transfer.credit)];
        accounts.add(from).add(to);
        transactions.push(
          transactionOf(transfer, event.sequence, event.time.slice(0, 10), from, to),
        );
      }
    }
    const declared = [...accounts].sort().map((name) => `account ${name}`);
    return right(`${[[...DECLARATIONS, ...declared].join('\n'), ...transactions].join('\n\n')}\n`);
  },
};

function transactionOf(
  { id, unit, amount, reason, because }: Transfer,
  sequence: number,
  date: string,
  from: string,
  to: string,
): string {
  const grounds = because.length === 0 ? '' : `, because:${because.join(' ')}`;
  const value = `${unit === 'micro' ? decimal(amount) : amount} ${COMMODITIES[unit]}`;
  return [
    `${date} (${sequence}) ${reason}  ; transfer:${id}${grounds}`,
    `    ${from}  -${value}`,
    `    ${to}  ${value}`,
  ].join('\n');
}

/** `pool/r/0` is a path there, too. */
const accountOf = (account: string): string => account.replaceAll('/', ':');

function decimal(micro: string): string {
  const digits = micro.padStart(DECIMALS + 1, '0');
  return `${digits.slice(0, -DECIMALS)}.${digits.slice(-DECIMALS)}`;
}
