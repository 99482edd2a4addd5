/** Tables as CSV from the same column definitions as the page. */
import { csvText } from '../roles/csv-text.ts';
import type { Column } from './page/columns.js';

export function csvOf<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const header = columns.map(({ label }) => ({ text: label, numeric: false }));
  const lines = rows.map((row) =>
    columns.map(({ parts, numeric }) => ({ text: parts(row).join('; '), numeric })),
  );
  return csvText([header, ...lines]);
}
