/**
 * The toy model of simulations. A parameter is pulled towards zero with noise drawn from the work's
 * own digest, and the held-out loss is the mean square of all parameters; files, shapes and the outer
 * step are the real ones. Invariant: every result is a pure function of its input.
 */
import type { Contribution } from '../compute/training/contribution.ts';
import { readSafetensors, writeSafetensors } from '../compute/tensors/safetensors.ts';
import { sha256 } from '../events/digest.ts';
import type { Jobs } from '../roles/compute-lane.ts';

/** Share of a parameter that one contribution takes away, and of the noise on it. */
const PULL = 0.15;
const NOISE = 0.05;

/** Integer micro-nats: the scale of real losses, so that the policy's bands mean something. */
export const heldOutLossMicroNats = (checkpoint: Uint8Array): number =>
  Math.round(meanSquare(checkpoint) * 1e6);

type Work = Pick<Jobs['contribute']['input'], 'spec' | 'checkpoint' | 'pages'>;

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
