/**
 * A contribution (contribution.ts) as it is sent: its delta encoded after the feedback that the worker
 * kept of its window before. A pure function of (spec, checkpoint, pages, feedback): on exact backends
 * the same files for everyone, which is how validators and auditors check it.
 *
 * The feedback is state that a worker commits to: each window takes the file whose digest the window
 * before gave out, and gives out the digest of the next.
 */
import type { Backend } from '../backend.ts';
import { DeltaError } from '../deltas/delta-error.ts';
import { encodeDelta, keepsFeedback } from '../deltas/encode-delta.ts';
import { parseDeltaEncoding } from '../deltas/encoding.ts';
import type { DeltaEncoding } from '../deltas/encoding.ts';
import { readFloatFile } from '../deltas/float-file.ts';
import { inNameOrder } from '../deltas/table.ts';
import { hex } from '../hex.ts';
import { parameterShapes } from '../model/parameters.ts';
import { contribute } from './contribution.ts';
import type { Contribution } from './contribution.ts';
import { checkTraining } from './spec.ts';
import type { TrainingSpec } from './spec.ts';
import type { Hash } from '../merkle-tree.ts';
import type { StepReport } from './trainer.ts';

export interface EncodedTrainingSpec extends TrainingSpec {
  readonly encoding: DeltaEncoding;
}

/** A file and what was, or is to be, committed to: the hex hash of its bytes. */
export interface CommittedFile {
  readonly file: Uint8Array;
  readonly digest: string;
}

export interface EncodedContribution extends Omit<Contribution, 'delta'> {
  /** What is sent (deltas/delta-file.ts); `decodeDelta` of it is what goes into the outer step. */
  readonly encoded: CommittedFile;
  /** For the worker's next window. Null where the encoding keeps none. */
  readonly feedback: CommittedFile | null;
}

/**
 * `feedback` is that of the worker's window before, null in its first and where the encoding keeps
 * none. It is checked before the work: DeltaError feedback_mismatch unless the file has the digest,
 * feedback_unexpected, not_canonical; TrainingInputError and SafetensorsError for what is in it.
 * Else throws as `contribute` and `encodeDelta` do.
 */
export async function encodeContribution(
  spec: EncodedTrainingSpec,
  checkpoint: Uint8Array,
  pages: readonly Uint16Array[],
  feedback: CommittedFile | null,
  backend: Backend,
  hash: Hash,
  onStep: (report: StepReport) => void = () => {},
): Promise<EncodedContribution> {
  const { encoding: agreed, ...training } = spec;
  checkTraining(training, pages);
  const encoding = parseDeltaEncoding(agreed);
  if (feedback !== null) checkFeedback(spec, feedback, hash);
  const { delta, ...report } = await contribute(training, checkpoint, pages, backend, hash, onStep);
  const sent = encodeDelta(encoding, feedback?.file ?? null, delta, backend.kernels);
  return {
    ...report,
    encoded: committed(sent.encoded, hash),
    feedback: sent.feedback === null ? null : committed(sent.feedback, hash),
  };
}

function checkFeedback(
  { encoding, model }: EncodedTrainingSpec,
  { file, digest }: CommittedFile,
  hash: Hash,
): void {
  if (!keepsFeedback(encoding)) {
    throw new DeltaError('feedback_unexpected', 'this encoding keeps no feedback');
  }
  if (hex(hash(file)) !== digest) {
    throw new DeltaError('feedback_mismatch', 'the feedback is not the one that was committed to');
  }
  readFloatFile(inNameOrder(parameterShapes(model)), file, 'feedback');
}

function committed(file: Uint8Array, hash: Hash): CommittedFile {
  return { file, digest: hex(hash(file)) };
}
