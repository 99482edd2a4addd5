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
  const answer = answerOf(value ?? {});
  if (answer === null) throw garbled();
  return answer;
}

/** Its known members alone: nothing rides along that nobody has looked at. */
function answerOf(value: Partial<Record<string, unknown>>): Answer | null {
  const { status, size, checkpoint, verifierKey, digest, code, message } = value;
  if (status === 'refused') {
    return isText(code) && isText(message) ? { status, code, message } : null;
  }
  if (!isCount(size) || !isText(checkpoint) || !isText(verifierKey)) return null;
  const head = { size, checkpoint, verifierKey };
  if (status === 'head') return { status, ...head };
  return status === 'books' && isDigest(digest) ? { status, digest, ...head } : null;
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;

function garbled(cause?: unknown): Fault {
  const message = 'What came back is no answer to a query.';
  return new Fault('channel_unavailable', message, { retryable: false, cause });
}
