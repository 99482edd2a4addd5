/** What a lane's jobs come to on a backend; where they run - on a thread or here - is the lane's business. */
import type { Backend } from '../compute/backend.ts';
import { decodeDelta } from '../compute/deltas/decode-delta.ts';
import { writeSafetensors } from '../compute/tensors/safetensors.ts';
import { contribute } from '../compute/training/contribution.ts';
import { compareDeltas } from '../compute/training/compare-deltas.ts';
import { encodeContribution } from '../compute/training/encoded-contribution.ts';
import { heldOutLossMicroNats } from '../compute/training/held-out.ts';
import { trainStage } from '../compute/training/stage.ts';
import { outerStep } from '../compute/training/outer-step.ts';
import { sha256 } from '../events/digest.ts';
import type { DisputeJobs, Jobs, SentContribution } from './compute-lane.ts';
import { answerQuestion } from './disputes/answer-question.ts';
import { judgeTranscript } from './disputes/judge-transcript.ts';
import { Parties } from './disputes/parties.ts';

export type AllJobs = Jobs & DisputeJobs;

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

export const handlers: Handlers = {
  contribute: sentContribution,
  stage: ({ spec, span, pages, ...input }, backend) =>
    trainStage(spec, span, input, pages, backend, sha256),
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
