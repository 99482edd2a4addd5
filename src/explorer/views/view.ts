/**
 * A view: what the page asks for and is not sent by itself, because it grows with the ledger. It is
 * declared and checked like every route, but it is the page's own, made for its tables: it may change
 * with the page, and the API's description leaves it out.
 */
import { anyObject, orNull } from '../api/shape.ts';
import { jsonOfEntries } from '../api/answers.ts';
import { csvOf } from '../csv.ts';
import type { Column } from '../page/columns.js';
import * as p from '../parameters.ts';
import type { HeadView } from '../read-models/overview.ts';
import type { Headers } from '../reply.ts';
import { send, sendJson } from '../reply.ts';
import type { Visit } from '../visit.ts';

const PLACE_MAX = 10_000_000;
/** Rows that one answer holds at most. */
const LIMIT_MAX = 200;

const VIEW = { tag: 'page', errors: [] } as const;

export const jsonView = {
  ...VIEW,
  answer: jsonOfEntries(
    'What the page shows; null where the ledger has nothing of it.',
    orNull(anyObject),
  ),
} as const;

export const csvView = {
  ...VIEW,
  answer: {
    doc: 'The rows of a table.',
    types: { 'text/csv': { type: 'string' } },
    isOfEntries: true,
  },
} as const;

/** Which rows of a table. */
export const span = {
  from: p.whole('Rows before the first.', { min: 0, max: PLACE_MAX, otherwise: 0 }),
  limit: p.whole('Rows at most.', { min: 1, max: LIMIT_MAX, otherwise: 50 }),
};

export const search = p.text('What somebody typed.', /^[^\p{Cc}]{0,100}$/u, { otherwise: '' });

const headersOf = ({ size, rootBase64 }: HeadView): Headers => ({
  'daybook-size': String(size),
  'daybook-root': rootBase64,
});

/** @param value null: the ledger has nothing of this name, or not yet */
export function answer({ site, request, response }: Visit, value: object | null): void {
  sendJson(request, response, value, headersOf(site.folded().head));
}

export function answerCsv<Row>(
  { site, request, response }: Visit,
  name: string,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): void {
  const headers = {
    ...headersOf(site.folded().head),
    'content-type': 'text/csv; charset=utf-8; header=present',
    'content-disposition': `attachment; filename="${name}"`,
  };
  send(request, response, 200, headers, csvOf(columns, rows));
}
