/** The tables that a ledger can be exported as, by name. */
import {
  accountsTable,
  assignmentsTable,
  participantsTable,
  revisionsTable,
  windowsTable,
} from './book-tables.ts';
import {
  entriesTable,
  payoutsTable,
  postingsTable,
  scoresTable,
  verdictsTable,
} from './log-tables.ts';
import type { Table } from './table.ts';

export const tables: Readonly<Record<string, Table>> = Object.fromEntries(
  [
    entriesTable,
    windowsTable,
    assignmentsTable,
    verdictsTable,
    revisionsTable,
    participantsTable,
    payoutsTable,
    accountsTable,
    postingsTable,
    scoresTable,
  ].map((table) => [table.name, table]),
);
