/**
 * Raw entries up to where the follower has verified, read anew and streamed as they are stored: one
 * line each, never buffered. Whoever wants them vouched for checks them against a root.
 */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { isLeft } from 'fp-ts/lib/Either.js';
import { unpackCommit } from '../events/commit-codec.ts';
import type { Site } from './site.ts';

const NEWLINE = Uint8Array.of(0x0a);

/** @param end exclusive; not above what the follower has verified */
export async function entriesBetween(
  { log, follower }: Site,
  from: number,
  end: number,
  response: ServerResponse,
): Promise<void> {
  for await (const commit of log.read(await follower.positionBefore(from))) {
    const lines = unpackCommit(commit);
    if (isLeft(lines)) throw new Error(`${lines.left.code}: ${lines.left.message}`);
    for (const [index, line] of lines.right.entries()) {
      const sequence = commit.first + index;
      if (sequence < from || sequence >= end) continue;
      if (response.destroyed) return;
      response.write(line);
      if (!response.write(NEWLINE)) await drained(response);
    }
    if (commit.first + commit.count >= end) return;
  }
}

/** Or closed: a reader that goes away must not keep the log open. */
async function drained(response: ServerResponse): Promise<void> {
  const stop = new AbortController();
  const { signal } = stop;
  try {
    await Promise.race([once(response, 'drain', { signal }), once(response, 'close', { signal })]);
  } finally {
    stop.abort();
  }
}
