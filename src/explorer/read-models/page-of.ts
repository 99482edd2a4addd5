/** Part of a long list, as tables ask for it. */
export interface PageOf<Row> {
  /** Rows that there are to see, by the same question. */
  readonly total: number;
  /** Place of the first row given. */
  readonly from: number;
  readonly rows: readonly Row[];
}

export interface Span {
  readonly from: number;
  readonly limit: number;
}

export function pageOf<T, Row>(
  all: readonly T[],
  { from, limit }: Span,
  row: (one: T) => Row,
): PageOf<Row> {
  return { total: all.length, from, rows: all.slice(from, from + limit).map(row) };
}
