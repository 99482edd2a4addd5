/** Threads of Node that verify signatures; a browser has its own (src/browser/signature-threads.ts). */
import { Worker } from 'node:worker_threads';
import { EventLines } from '../../events/event-lines.ts';
import type { SignatureReply, SignatureThread } from './verify-lines.ts';
import { verifyLines } from './verify-lines.ts';

export function signatureThreadHere(): SignatureThread {
  const lines = new EventLines();
  return {
    verify: async (ndjson) => {
      lines.load(ndjson);
      return verifyLines(lines);
    },
    end: async () => undefined,
  };
}

/** Pieces are handed over, not cloned. */
export function startSignatureThread(): SignatureThread {
  const worker = new Worker(new URL('./signature-thread.ts', import.meta.url));
  return { verify: (ndjson) => ask(worker, ndjson), end: () => worker.terminate() };
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
