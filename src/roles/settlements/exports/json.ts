/** The signed statement, as a JSON file. */
import { right } from 'fp-ts/lib/Either.js';
import { statementOf } from '../statement.ts';
import type { SettlementExport } from './settlement-export.ts';

export const jsonExport: SettlementExport = {
  name: 'json',
  doc: 'the signed statement, which `daybook payout verify` checks',
  write: ({ tree, settlement }) =>
    right(`${JSON.stringify(statementOf(tree, settlement), null, 2)}\n`),
};
