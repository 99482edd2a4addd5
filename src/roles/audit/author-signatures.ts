/**
 * Author signatures of a whole recording, spread over the machine's cores: verifying is all
 * arithmetic and no state. Batches of lines are copied once and handed over, not cloned; every thread
 * holds one batch while the next waits for it, so memory is bounded. Invariant: the answer is that of
 * one pass in order - the first signature that does not hold, whichever thread came across it.
 */
import { Worker } from 'node:worker_threads';
import { EventLines } from '../../events/event-lines.ts';
import type { SignatureReply } from './verify-lines.ts';
import { verifyLines } from './verify-lines.ts';

export interface SignatureCount {
  readonly signed: number;
  /** Sequence of the first entry whose author did not sign it so; null: all hold. */
  readonly firstBad: number | null;
}

/** Below this, starting threads costs more than they save (some 100 ms against 0.1 ms a signature). */
const LINES_ALONE_MAX = 2048;
/** Lines in a batch: some 50 ms of verifying, against 0.1 ms of handing over. */
const BATCH_LINES = 512;

interface Batch {
  /** Sequence of its first line. */
  readonly first: number;
  readonly ndjson: Uint8Array<ArrayBuffer>;
}

/**
 * @param lines from sequence 0, each of which is an event
 * @param threads 1: in this thread
 */
export async function countSignatures(
  lines: readonly Uint8Array[],
  threads: number,
  onProgress: (done: number) => void = () => {},
): Promise<SignatureCount> {
  if (threads > 1 && lines.length > LINES_ALONE_MAX)
    return spread(lines, Math.min(threads, Math.ceil(lines.length / BATCH_LINES)), onProgress);
  const alone = new EventLines();
  let signed = 0;
  for (const { first, ndjson } of batchesOf(lines)) {
    alone.load(ndjson);
    const found = verifyLines(alone);
    signed += found.signed;
    if (found.firstBad !== null) return { signed, firstBad: first + found.firstBad };
    onProgress(Math.min(first + BATCH_LINES, lines.length));
  }
  return { signed, firstBad: null };
}

async function spread(
  lines: readonly Uint8Array[],
  threads: number,
  onProgress: (done: number) => void,
): Promise<SignatureCount> {
  const workers = Array.from(
    { length: threads },
    () => new Worker(new URL('./signature-thread.ts', import.meta.url)),
  );
  const batches = batchesOf(lines);
  let signed = 0;
  let done = 0;
  let firstBad: number | null = null;
  const serve = async (worker: Worker): Promise<void> => {
    // The threads draw from one generator, in order: what is drawn after a bad one cannot be first.
    for (const { first, ndjson } of batches) {
      const found = await ask(worker, ndjson);
      signed += found.signed;
      if (found.firstBad === null) {
        done += BATCH_LINES;
        onProgress(Math.min(done, lines.length));
        continue;
      }
      firstBad = Math.min(firstBad ?? Number.POSITIVE_INFINITY, first + found.firstBad);
      return;
    }
  };
  try {
    await Promise.all(workers.map(serve));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return { signed, firstBad };
}

function ask(worker: Worker, ndjson: Uint8Array<ArrayBuffer>): Promise<SignatureReply> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      worker.off('message', answered).off('error', failed).off('exit', ended);
    };
    const answered = (reply: SignatureReply): void => {
      settle();
      resolve(reply);
    };
    const failed = (error: unknown): void => {
      settle();
      reject(error instanceof Error ? error : new Error(String(error)));
    };
    const ended = (): void => failed(new Error('the signature thread has ended'));
    worker.on('message', answered).on('error', failed).on('exit', ended);
    worker.postMessage(ndjson, [ndjson.buffer]);
  });
}

function* batchesOf(lines: readonly Uint8Array[]): Generator<Batch, void, void> {
  for (let first = 0; first < lines.length; first += BATCH_LINES)
    yield { first, ndjson: joined(lines.slice(first, first + BATCH_LINES)) };
}

function joined(lines: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const ndjson = new Uint8Array(lines.reduce((sum, line) => sum + line.byteLength + 1, 0));
  let at = 0;
  for (const line of lines) {
    ndjson.set(line, at);
    at += line.byteLength;
    ndjson[at++] = 0x0a;
  }
  return ndjson;
}
