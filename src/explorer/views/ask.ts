/** What the views take from a request, refused with a reason where it is not as it should be. */
import { HttpError } from '../reply.ts';
import type { Query } from '../query.ts';
import type { Span } from '../read-models/page-of.ts';

export const RUN = /^[a-z0-9][a-z0-9-]{0,63}$/;
export const ACTOR = /^U[A-Z2-7]{55}$/;
export const SEARCH = /^[^\p{Cc}]{0,100}$/u;
/** Rows that one answer holds at most. */
const LIMIT_MAX = 200;
const PLACE_MAX = 10_000_000;

export const spanOf = (query: Query): Span => ({
  from: query.integer('from', { min: 0, max: PLACE_MAX, otherwise: 0 }),
  limit: query.integer('limit', { min: 1, max: LIMIT_MAX, otherwise: 50 }),
});

/** A whole number, or undefined where it is not asked for. */
export function numberOf(query: Query, name: string): number | undefined {
  const max = Number.MAX_SAFE_INTEGER;
  const value = query.integer(name, { min: 0, max, otherwise: -1 });
  return value < 0 ? undefined : value;
}

export function oneOf<W extends string>(
  query: Query,
  name: string,
  words: readonly W[],
  otherwise: W,
): W {
  const text = query.text(name, /^[a-z-]{1,40}$/) ?? otherwise;
  const found = words.find((word) => word === text);
  if (found !== undefined) return found;
  throw new HttpError(400, 'bad_parameter', `${name} is one of ${words.join(', ')}`);
}

/** @throws HttpError when it is not given */
export function needed(query: Query, name: string, pattern: RegExp): string {
  const text = query.text(name, pattern);
  if (text !== null) return text;
  throw new HttpError(400, 'bad_parameter', `${name} is missing`);
}
