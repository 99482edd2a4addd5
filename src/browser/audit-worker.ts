/**
 * The audit's thread in a browser: bundled with the core into one file, started by the page, given a
 * recording. It opens no connection (its response's policy forbids it), so what it reads stays here.
 */
import { openExactBackend } from '../compute/backends/exact.ts';
import { laneHere } from '../roles/lane-here.ts';
import { AuditSession } from './audit-session.ts';
import type { FromWorker, ToWorker } from './messages.ts';

/** As much of a worker's scope as is used here: the library of types for pages does not have it. */
interface WorkerScope {
  postMessage(message: FromWorker): void;
  addEventListener(type: 'message', hear: (event: { readonly data: ToWorker }) => void): void;
}

const scope = globalThis as unknown as WorkerScope;
let session: AuditSession | null = null;

const say = (message: FromWorker): void => scope.postMessage(message);

function broken(error: unknown): void {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  say({ kind: 'broken', message });
}

scope.addEventListener('message', ({ data }) => {
  if (data.kind === 'open') {
    session = new AuditSession(data, {
      say,
      nowMs: () => performance.now(),
      openLane: async () => laneHere(await openExactBackend({ threads: 1 })),
    });
    session.done.catch(broken);
  } else if (data.kind === 'artifact') session?.artifactCame(data.digest, data.file);
  else session?.recompute(data.id).catch(broken);
});
