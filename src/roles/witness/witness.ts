/**
 * A witness (c2sp.org/tlog-witness): cosigns the heads of the logs it was told of, each only where
 * it grew from the one before. Invariant: judging, recording and signing are one turn of the event
 * loop, and the record is durable before a signature exists; killed in between, a witness has
 * recorded what it did not sign, never the reverse.
 */
import * as E from 'fp-ts/lib/Either.js';
import { cosign } from '../../events/cosignature.ts';
import type { SigningKey } from '../../events/nkey.ts';
import { parseNote } from '../../events/note.ts';
import { parseAddCheckpoint } from './add-checkpoint.ts';
import type { WitnessHeads } from './heads.ts';
import { judge } from './judge.ts';
import type { TrustedLogs } from './judge.ts';

export interface WitnessOptions {
  readonly key: SigningKey;
  /** Of the key, by custom a URL without its scheme. */
  readonly name: string;
  readonly logs: TrustedLogs;
  readonly heads: WitnessHeads;
  readonly nowMs: () => number;
  /** Called with evidence that convicts a log. */
  readonly onFork: (origin: string, evidence: string) => void;
}

export interface WitnessAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

const TEXT_TYPE = 'text/plain; charset=utf-8';
const SIZE_TYPE = 'text/x.tlog.size';

/** @param body of the request; hostile */
export function addCheckpoint(options: WitnessOptions, body: string): WitnessAnswer {
  const { key, name, logs, heads, nowMs, onFork } = options;
  const request = parseAddCheckpoint(body);
  if (E.isLeft(request)) return text(400, request.left);
  const judgement = judge(logs, (origin) => heads.of(origin), request.right);
  if (judgement.kind === 'refuse') return text(judgement.status, judgement.message);
  if (judgement.kind === 'other_size')
    return { status: 409, contentType: SIZE_TYPE, body: `${judgement.size}\n` };
  if (judgement.kind === 'fork') {
    onFork(judgement.origin, judgement.evidence);
    return text(409, 'another root was cosigned for this size');
  }
  const note = parseNote(request.right.checkpoint);
  if (E.isLeft(note)) return text(400, note.left.message);
  heads.record(judgement.origin, judgement.head);
  const line = cosign(key, name, note.right.text, Math.floor(nowMs() / 1000));
  return { status: 200, contentType: TEXT_TYPE, body: line };
}

const text = (status: number, message: string): WitnessAnswer => ({
  status,
  contentType: TEXT_TYPE,
  body: `${message}\n`,
});
