/** The forms of `daybook export claims`, by name. */
import { csvExport } from './csv.ts';
import { jsonExport } from './json.ts';
import { merkleDistributorExport } from './merkle-distributor.ts';
import type { SettlementExport } from './settlement-export.ts';

export const settlementExports: Readonly<Record<string, SettlementExport>> = Object.fromEntries(
  [jsonExport, csvExport, merkleDistributorExport].map((one) => [one.name, one]),
);
