/** The far side of a compute lane: opens a backend and runs jobs in the order they come. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Backend, BackendName } from '../compute/backend.ts';
import { BackendUnavailable } from '../compute/backends/backend-unavailable.ts';
import { openBackend } from '../compute/backends/open.ts';
import { decodeDelta } from '../compute/deltas/decode-delta.ts';
import { writeSafetensors } from '../compute/tensors/safetensors.ts';
import { contribute } from '../compute/training/contribution.ts';
import { compareDeltas } from '../compute/training/compare-deltas.ts';
import { encodeContribution } from '../compute/training/encoded-contribution.ts';
import { heldOutLossMicroNats } from '../compute/training/held-out.ts';
import { outerStep } from '../compute/training/outer-step.ts';
import { sha256 } from '../events/digest.ts';
import type { DisputeJobs, Jobs, SentContribution } from './compute-lane.ts';
import { answerQuestion } from './disputes/answer-question.ts';
import { judgeTranscript } from './disputes/judge-transcript.ts';
import { Parties } from './disputes/parties.ts';
import type { LaneReply } from './thread-lane.ts';

type AllJobs = Jobs & DisputeJobs;

const parties = new Parties();

type Handlers = {
  readonly [N in keyof AllJobs]: (
    input: AllJobs[N]['input'],
    backend: Backend,
  ) => Promise<AllJobs[N]['output']> | AllJobs[N]['output'];
};

async function sentContribution(
  { spec, checkpoint, pages, encoding, feedback, base }: Jobs['contribute']['input'],
  backend: Backend,
): Promise<SentContribution> {
  if (encoding === null) {
    const plain = await contribute(spec, checkpoint, pages, backend, sha256, undefined, base);
    return { ...plain, feedback: null };
  }
  const kept = feedback && {
    file: feedback,
    digest: Buffer.from(sha256(feedback)).toString('hex'),
  };
  const encoded = { ...spec, encoding };
  const made = await encodeContribution(encoded, checkpoint, pages, kept, backend, sha256);
  const { encoded: sent, feedback: left, ...report } = made;
  return { ...report, delta: new Uint8Array(sent.file), feedback: left?.file ?? null };
}

const handlers: Handlers = {
  contribute: sentContribution,
  heldOutLoss: ({ model, checkpoint, pages, batchPages, adapted }, backend) =>
    heldOutLossMicroNats(model, checkpoint, pages, batchPages, backend, adapted),
  outerStep: ({ spec, checkpoint, momentum, deltas, terms }, { kernels }) =>
    outerStep(
      spec,
      checkpoint,
      momentum,
      terms === null
        ? deltas
        : deltas.map((delta) => writeSafetensors(decodeDelta(terms, delta, kernels))),
    ),
  compareDeltas: ({ committed, recomputed }) => compareDeltas(committed, recomputed),
  disputeAnswer: ({ question, ...work }, backend) =>
    answerQuestion(parties.of(work, backend), question),
  disputeFinding: ({ transcript, ...work }, backend) => judgeTranscript(work, transcript, backend),
};

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
