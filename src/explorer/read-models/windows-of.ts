/** The windows of a run, ascending. The book keys them by `<run>/<window>`, indices without gaps. */
import type { Books, WindowBook } from '../../projections/books.ts';
import { must, windowKey } from '../../projections/books.ts';

export function windowsOf(books: Books, run: string): WindowBook[] {
  const planned = books.runs[run]?.windowsPlanned ?? 0;
  return Array.from({ length: planned }, (_, index) =>
    must(books.windows[windowKey(run, index)], `window ${run}/${index}`),
  );
}
