/**
 * HTTP from strangers: an answer is read up to a bound and within a time, redirects are not
 * followed. Left: why there is no answer, for people.
 */
import * as E from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';

export interface HttpAnswer {
  readonly status: number;
  /** Null when it names none. */
  readonly contentType: string | null;
  readonly bytes: Uint8Array;
}

const TIMEOUT_MS = 5000;

export type BoundedFetch = typeof boundedFetch;

export async function boundedFetch(
  url: string,
  bytesMax: number,
  init: RequestInit = {},
  timeoutMs = TIMEOUT_MS,
): Promise<Either<string, HttpAnswer>> {
  try {
    const late = AbortSignal.timeout(timeoutMs);
    const signal = init.signal ? AbortSignal.any([init.signal, late]) : late;
    const response = await fetch(url, { ...init, redirect: 'error', signal });
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for await (const part of response.body ?? []) {
      bytes += part.byteLength;
      if (bytes > bytesMax) return E.left(`${url}: the answer is longer than ${bytesMax} bytes`);
      parts.push(part);
    }
    const contentType = response.headers.get('content-type');
    return E.right({ status: response.status, contentType, bytes: Buffer.concat(parts) });
  } catch (error) {
    const { cause, message } = error as Error;
    return E.left(`${url}: ${cause instanceof Error ? cause.message : message}`);
  }
}
