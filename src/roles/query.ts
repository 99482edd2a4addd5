/** Questions to the authority that change nothing: its signed head, its live books. */
import type { Digest } from '../events/ids.ts';

export interface Query {
  readonly query: 'head' | 'books';
  /**
   * Entries that the answer must cover at least. A follower can see a commit before the authority
   * that appended it has heard of its success; whoever saw more says so and is answered later.
   */
  readonly atLeast?: number;
}

interface Head {
  /** Entries that the answer covers. */
  readonly size: number;
  /** Signed note over exactly that many entries. */
  readonly checkpoint: string;
  readonly verifierKey: string;
}

export type Answer =
  | ({ readonly status: 'head' } & Head)
  /** Canonical JSON of the books, in the artifact store. */
  | ({ readonly status: 'books'; readonly digest: Digest } & Head)
  | { readonly status: 'refused'; readonly code: string; readonly message: string };

export const encodeQuery = (query: Query): Uint8Array => Buffer.from(JSON.stringify(query));
export const encodeAnswer = (answer: Answer): Uint8Array => Buffer.from(JSON.stringify(answer));
export const decodeAnswer = (bytes: Uint8Array): Answer =>
  JSON.parse(Buffer.from(bytes).toString('utf8')) as Answer;

/** Null for anything that is no query. */
export function decodeQuery(bytes: Uint8Array): Query | null {
  try {
    const value = JSON.parse(Buffer.from(bytes).toString('utf8')) as Partial<Query> | null;
    const { query, atLeast = 0 } = value ?? {};
    const known = query === 'head' || query === 'books';
    return known && Number.isSafeInteger(atLeast) ? { query, atLeast } : null;
  } catch {
    return null;
  }
}
