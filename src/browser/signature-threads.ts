/**
 * Stands in for `src/roles/audit/signature-threads.ts` in a browser: a thread is the audit's own script
 * again, under another name, and asks WebCrypto, which is native and elsewhere. Where a browser has no
 * Ed25519 there, or the page came over an insecure connection, signatures are verified in the script.
 */
import type { SignatureReply, SignatureThread } from '../roles/audit/verify-lines.ts';
import { verifyPiece } from './verify-piece.ts';

/** What such a thread goes by, and so knows what it is. */
export const SIGNATURE_THREAD = 'author signatures';

export const signatureThreadHere = (): SignatureThread => ({
  verify: verifyPiece,
  end: async () => undefined,
});

/** Pieces are handed over, not cloned. Where a worker may start none, it does the work itself. */
export function startSignatureThread(): SignatureThread {
  if (globalThis.Worker === undefined) return signatureThreadHere();
  const worker = new Worker(globalThis.location.href, { name: SIGNATURE_THREAD });
  return { verify: (ndjson) => ask(worker, ndjson), end: async () => worker.terminate() };
}

function ask(worker: Worker, ndjson: Uint8Array<ArrayBuffer>): Promise<SignatureReply> {
  const settled = new AbortController();
  const { signal } = settled;
  const asked = new Promise<SignatureReply>((resolve, reject) => {
    worker.addEventListener('message', ({ data }) => resolve(data as SignatureReply), { signal });
    // Its script did not come: then there are no words either.
    const failed = ({ message }: Partial<ErrorEvent>): void =>
      reject(new Error(`a thread for signatures: ${message ?? 'it does not start'}`));
    worker.addEventListener('error', failed, { signal });
    worker.postMessage(ndjson, [ndjson.buffer]);
  });
  return asked.finally(() => settled.abort());
}
