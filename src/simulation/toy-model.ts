/**
 * The toy model of simulations. A parameter is pulled towards zero with noise drawn from the work's
 * own digest, and the held-out loss is the mean square of all parameters; files, shapes and the outer
 * step are the real ones. Invariant: every result is a pure function of its input.
 */
import type { Contribution } from '../compute/training/contribution.ts';
import { readSafetensors, writeSafetensors } from '../compute/tensors/safetensors.ts';
import type { Tensors } from '../compute/tensors/tensor.ts';
import { TrainingInputError } from '../compute/training-input-error.ts';
import { sha256 } from '../events/digest.ts';
import type { Jobs } from '../roles/compute-lane.ts';

/** Share of a parameter that one contribution takes away, and of the noise on it. */
const PULL = 0.15;
const NOISE = 0.05;

/** Integer micro-nats: the scale of real losses, so that the policy's bands mean something. */
export const heldOutLossMicroNats = (checkpoint: Uint8Array): number =>
  Math.round(meanSquare(checkpoint) * 1e6);

type Work = Pick<Jobs['contribute']['input'], 'spec' | 'checkpoint' | 'pages'>;
type StageWork = Omit<Jobs['stage']['input'], 'base'>;

/** A state is the parameters so far; a stage takes its share of the steps away from them. */
export function trainStage(work: StageWork): Contribution {
  const { spec, span, checkpoint, state, pages } = work;
  const before = state ?? checkpoint;
  const { delta, ...report } = contribute({ spec, checkpoint: before, pages });
  const change = readSafetensors(delta).tensors;
  const share = span.steps / spec.innerSteps;
  const local = mapped(before, (theta, name, at) => theta - share * valueOf(change, name, at));
  if (span.first + span.steps < spec.innerSteps) return { ...report, delta: local };
  const after = readSafetensors(local).tensors;
  const whole = mapped(checkpoint, (theta, name, at) => theta - valueOf(after, name, at));
  return { ...report, delta: whole };
}

const valueOf = (tensors: Tensors, name: string, at: number): number => {
  const value = tensors.get(name)?.data[at];
  if (value === undefined) throw new TrainingInputError('tensor_missing', `state lacks ${name}`);
  return value;
};

function mapped(
  file: Uint8Array,
  to: (value: number, name: string, at: number) => number,
): Uint8Array<ArrayBuffer> {
  const { tensors } = readSafetensors(file);
  return writeSafetensors(
    new Map(
      [...tensors].map(([name, { shape, data }]) => [
        name,
        { shape, data: data.map((value, at) => to(value, name, at)) },
      ]),
    ),
  );
}

export function contribute({ spec, checkpoint, pages }: Work): Contribution {
  const { tensors } = readSafetensors(checkpoint);
  const words = Buffer.concat(
    pages.map((page) => Buffer.from(page.buffer, page.byteOffset, page.byteLength)),
  );
  const work = Buffer.concat([sha256(checkpoint), words, Buffer.from(JSON.stringify(spec))]);
  let noise = sha256(work);
  let drawn = 0;
  const draw = (): number => {
    if (drawn === noise.length) {
      noise = sha256(noise);
      drawn = 0;
    }
    drawn += 1;
    return (noise[drawn - 1] as number) / 255 - 0.5;
  };
  const delta = new Map(
    [...tensors].map(([name, { shape, data }]) => [
      name,
      { shape, data: data.map((theta) => Math.fround(PULL * theta + NOISE * draw() * theta)) },
    ]),
  );
  const loss = meanSquare(checkpoint);
  return {
    delta: writeSafetensors(delta),
    lossFirst: loss,
    lossLast: loss * (1 - PULL),
    tokens: pages.length * spec.model.contextLength,
    trace: [Buffer.from(sha256(noise)).toString('hex')],
  };
}

function meanSquare(checkpoint: Uint8Array): number {
  let [sum, count] = [0, 0];
  for (const { data } of readSafetensors(checkpoint).tensors.values()) {
    for (const theta of data) sum += theta * theta;
    count += data.length;
  }
  return sum / count;
}
