/** Helper threads of the exact backend as Node's workers. */
import { Worker } from 'node:worker_threads';
import type { Helper, HelperStart } from './exact-host.ts';

export function startHelper(start: HelperStart): Helper {
  const worker = new Worker(helperUrl(), { workerData: start, execArgv: [] });
  return { ready: ready(worker), exited: () => exited(worker) };
}

/** The helper's file beside this one, as source or as built. */
function helperUrl(): URL {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return new URL(`./exact-helper.${extension}`, import.meta.url);
}

/** Resolves at the helper's first message; then the helper no longer keeps the process alive. */
function ready(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', () => {
      worker.unref();
      resolve();
    });
  });
}

function exited(worker: Worker): Promise<void> {
  if (worker.threadId === -1) return Promise.resolve();
  worker.ref();
  return new Promise((resolve) => worker.once('exit', () => resolve()));
}
