/**
 * Tables as CSV (RFC 4180, CRLF) from the same column definitions as the page. A text cell that a
 * spreadsheet would run as a formula gets a quote mark in front.
 */
import type { Column } from './page/columns.js';

export function csvOf<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const header = columns.map(({ label }) => cell(label, false));
  const lines = rows.map((row) =>
    columns.map(({ parts, numeric }) => cell(parts(row).join('; '), numeric)),
  );
  return [header, ...lines].map((line) => `${line.join(',')}\r\n`).join('');
}

function cell(text: string, numeric: boolean): string {
  const safe = !numeric && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
