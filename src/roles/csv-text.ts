/**
 * Tables as CSV (RFC 4180, CRLF). A text cell that a spreadsheet would run as a formula gets a quote
 * mark in front.
 */
export interface CsvCell {
  readonly text: string;
  readonly numeric: boolean;
}

/** @param rows the first one holds the names of the columns */
export const csvText = (rows: readonly (readonly CsvCell[])[]): string =>
  rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');

function cell({ text, numeric }: CsvCell): string {
  const safe = !numeric && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
