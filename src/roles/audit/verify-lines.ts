/** Verifies every author's signature in some lines: how many hold, and the first that does not. */
import assert from 'node:assert';
import { isRight } from 'fp-ts/lib/Either.js';
import type { EventLines } from '../../events/event-lines.ts';
import { verifyEntrySignature } from '../../events/statement.ts';

export interface SignatureReply {
  /** Signatures that hold, up to the first that does not. */
  readonly signed: number;
  /** Index of its line among those loaded; null: all hold. */
  readonly firstBad: number | null;
}

/** @param lines loaded with lines that are events */
export function verifyLines(lines: EventLines): SignatureReply {
  let signed = 0;
  let index = 0;
  for (let next = lines.next(); next !== null; next = lines.next(), index++) {
    assert(isRight(next), 'only what has been decoded is asked for');
    if (next.right.sig === undefined) continue;
    if (!verifyEntrySignature(next.right as never)) return { signed, firstBad: index };
    signed += 1;
  }
  return { signed, firstBad: null };
}
