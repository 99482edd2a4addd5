/** The far side of a compute lane: opens a backend and runs jobs in the order they come. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Backend, BackendName } from '../compute/backend.ts';
import { BackendUnavailable } from '../compute/backends/backend-unavailable.ts';
import { openBackend } from '../compute/backends/open.ts';
import type { AllJobs } from './jobs.ts';
import { handlers } from './jobs.ts';
import type { LaneReply } from './thread-lane.ts';

interface Order {
  readonly id: number;
  readonly name: keyof AllJobs;
  readonly input: never;
}

const reply = (message: LaneReply): void => parentPort?.postMessage(message);

function failure(id: number | null, thrown: unknown): LaneReply {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const code = (error as { code?: unknown }).code;
  return {
    kind: 'failed',
    id,
    error: {
      name: error.name,
      message: error.message,
      code: typeof code === 'string' ? code : null,
    },
  };
}

async function main(): Promise<void> {
  const { backend: name, threads } = workerData as { backend: BackendName; threads: number };
  let backend: Backend;
  try {
    backend = await openBackend(name, { threads });
  } catch (error) {
    reply(failure(null, error));
    return;
  }
  const perform = async ({ id, name: job, input }: Order): Promise<void> => {
    try {
      reply({ kind: 'done', id, output: await handlers[job](input, backend) });
    } catch (error) {
      reply(failure(id, error));
      // The job is lost with it; the next may find another device. Without one it hears so itself.
      if (error instanceof BackendUnavailable && error.code === 'backend_device_lost')
        backend = await openBackend(name, { threads }).catch(() => backend);
    }
  };
  let last: Promise<void> = Promise.resolve();
  parentPort?.on('message', (order: Order) => {
    last = last.then(() => perform(order));
  });
  const { computeClass, description } = backend;
  reply({ kind: 'ready', info: { backend: name, computeClass, description } });
}

await main();
