/**
 * The audit's thread in a browser: bundled with the core into one file, started by the page, given a
 * recording. It opens no connection (its response's policy forbids it), so what it reads stays here.
 * Under another name it is one of the threads that verify signatures for it.
 */
import { Fault } from '../commands/ports/fault.ts';
import { openExactBackend } from '../compute/backends/exact.ts';
import { laneHere } from '../roles/lane-here.ts';
import { AuditSession, RECORDING_BYTES_MAX } from './audit-session.ts';
import type { SignatureReply } from '../roles/audit/verify-lines.ts';
import type { FromWorker, ToWorker } from './messages.ts';
import { SIGNATURE_THREAD } from './signature-threads.ts';
import { verifyPiece } from './verify-piece.ts';

/** As much of a worker's scope as is used here: the library of types for pages does not have it. */
interface WorkerScope {
  readonly name: string;
  postMessage(message: FromWorker | SignatureReply): void;
  addEventListener<T>(type: 'message', hear: (event: { readonly data: T }) => void): void;
}

const scope = globalThis as unknown as WorkerScope;

function audits(): void {
  let session: AuditSession | null = null;
  const say = (message: FromWorker): void => scope.postMessage(message);
  const broken = (error: unknown): void => {
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    if (error instanceof Fault) say({ kind: 'broken', code: error.code, message: error.message });
    else say({ kind: 'broken', code: null, message });
  };
  scope.addEventListener<ToWorker>('message', ({ data }) => {
    if (data.kind === 'open') {
      session = new AuditSession(data, {
        say,
        nowMs: () => performance.now(),
        openLane: async () => laneHere(await openExactBackend({ threads: 1 })),
        bytesMax: RECORDING_BYTES_MAX,
      });
      session.done.catch(broken);
    } else if (data.kind === 'artifact') session?.artifactCame(data.digest, data.file);
    else session?.recompute(data.id).catch(broken);
  });
}

function verifiesSignatures(): void {
  scope.addEventListener<Uint8Array>('message', ({ data }) => {
    void verifyPiece(data).then((reply) => scope.postMessage(reply), fail);
  });
}

/** Out of a promise, where whoever started this thread hears of it. */
function fail(error: unknown): void {
  setTimeout(() => {
    throw error;
  });
}

if (scope.name === SIGNATURE_THREAD) verifiesSignatures();
else audits();
