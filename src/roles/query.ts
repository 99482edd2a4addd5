/** Questions to the authority that change nothing: its signed head, its live books. */
import { Fault } from '../commands/ports/fault.ts';
import { isDigest } from '../events/digest.ts';
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

/**
 * What is in it is believed no further than its types: the checkpoint is for the asker to verify.
 * @throws Fault channel_unavailable for what is no answer
 */
export function decodeAnswer(bytes: Uint8Array): Answer {
  let value: Partial<Record<string, unknown>> | null;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8')) as typeof value;
  } catch (error) {
    throw garbled(error);
  }
  if (!isAnswer(value ?? {})) throw garbled();
  return value as Answer;
}

function isAnswer(value: Partial<Record<string, unknown>>): boolean {
  const { status, size, checkpoint, verifierKey, digest, code, message } = value;
  if (status === 'refused') return isText(code) && isText(message);
  const covers = Number.isSafeInteger(size) && (size as number) >= 0;
  if (!covers || !isText(checkpoint) || !isText(verifierKey)) return false;
  return status === 'head' || (status === 'books' && isDigest(digest));
}

const isText = (value: unknown): boolean => typeof value === 'string';

function garbled(cause?: unknown): Fault {
  const message = 'What came back is no answer to a query.';
  return new Fault('channel_unavailable', message, { retryable: false, cause });
}
