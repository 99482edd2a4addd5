/**
 * Raw entries up to where the follower has verified, as they are stored: the newest as they were read,
 * others read anew, one line each, never buffered. Whoever wants them vouched for checks them against a
 * root.
 */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { isLeft } from 'fp-ts/lib/Either.js';
import type { EventLog } from '../commands/ports/event-log.ts';
import { unpackCommit } from '../events/commit-codec.ts';
import type { Follower } from './follower.ts';

const NEWLINE = Uint8Array.of(0x0a);

export interface EntrySource {
  readonly log: EventLog;
  readonly follower: Follower;
}

/** @param end exclusive; not above what the follower has verified */
export async function* linesBetween(
  { log, follower }: EntrySource,
  from: number,
  end: number,
): AsyncIterable<Uint8Array> {
  if (end <= from) return;
  const { tail } = follower.folding;
  if (from >= tail.first) {
    yield* tail.between(from, end);
    return;
  }
  for await (const commit of log.read(await follower.positionBefore(from))) {
    if (commit.first + commit.count <= from) continue;
    const lines = unpackCommit(commit);
    if (isLeft(lines)) throw new Error(`${lines.left.code}: ${lines.left.message}`);
    yield* lines.right.slice(Math.max(from - commit.first, 0), Math.max(end - commit.first, 0));
    if (commit.first + commit.count >= end) return;
  }
}

/** Into a response whose head has been written. */
export async function entriesBetween(
  source: EntrySource,
  from: number,
  end: number,
  response: ServerResponse,
): Promise<void> {
  for await (const line of linesBetween(source, from, end)) {
    if (response.destroyed) return;
    await writeLine(response, line);
  }
}

/** Resolves when there is room for the next one. */
export async function writeLine(response: ServerResponse, line: Uint8Array): Promise<void> {
  response.write(line);
  if (!response.write(NEWLINE)) await drained(response);
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
