/** Verifies every author's signature in some lines: how many hold, and the first that does not. */
import assert from 'node:assert';
import { isRight } from 'fp-ts/lib/Either.js';
import { bytesOfBase64 } from '../../events/base64.ts';
import type { EventLines } from '../../events/event-lines.ts';
import { verifySignature } from '../../events/nkey.ts';

export interface SignatureReply {
  /** Signatures that hold, up to the first that does not. */
  readonly signed: number;
  /** Index of its line among those loaded; null: all hold. */
  readonly firstBad: number | null;
}

export interface SignatureThread {
  /** @param ndjson lines that are events; whoever gives it has it no more */
  verify(ndjson: Uint8Array<ArrayBuffer>): Promise<SignatureReply>;
  end(): Promise<unknown>;
}

/** @param lines loaded with lines that are events */
export function verifyLines(lines: EventLines): SignatureReply {
  let signed = 0;
  let index = 0;
  for (let next = lines.next(); next !== null; next = lines.next(), index++) {
    assert(isRight(next), 'only what has been decoded is asked for');
    const { actor, sig } = next.right;
    if (sig === undefined) continue;
    const signature = bytesOfBase64(sig);
    assert(signature !== undefined, 'a sig of an event is base64');
    if (!verifySignature(actor, lines.statementBytes(next.right), signature))
      return { signed, firstBad: index };
    signed += 1;
  }
  return { signed, firstBad: null };
}
