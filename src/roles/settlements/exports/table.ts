/** The destinations of `daybook settlement export`, by name. */
import { csvExport } from './csv.ts';
import { hledgerExport } from './hledger.ts';
import { jsonExport } from './json.ts';
import { merkleDistributorExport } from './merkle-distributor.ts';
import type { SettlementExport } from './settlement-export.ts';

export const settlementExports: Readonly<Record<string, SettlementExport>> = Object.fromEntries(
  [jsonExport, csvExport, hledgerExport, merkleDistributorExport].map((one) => [one.name, one]),
);
