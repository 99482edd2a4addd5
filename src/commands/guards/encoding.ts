/** What an encoding of deltas must be, and what a submission in it must say. */
import type { ActorId } from '../../events/ids.ts';
import type { DataOfType } from '../../events/catalogue.ts';
import type { DeltaEncodingData, RunBook } from '../../projections/books.ts';
import type { Refusal } from '../refusal.ts';
import { refuse } from '../refusal.ts';

/** A smaller block would be outweighed by its scale, or its 256 levels. */
const BLOCK_MIN = { absmax: 8, bins: 1024 } as const;

/** Whether what a delta loses is kept for the next. */
const keepsFeedback = ({ decay }: DeltaEncodingData): boolean => decay > 0;

/** What is wrong with it, for people; null: nothing. */
export function encodingProblem(encoding: DeltaEncodingData): string | null {
  const { name, statistic, block, tile, top } = encoding;
  if (name === 'int8') {
    if (statistic === null || block === null) return 'int8 needs a statistic and a block';
    if (tile !== null || top !== null) return 'int8 has no tiles';
    return block < BLOCK_MIN[statistic] ? `a block has ${BLOCK_MIN[statistic]} elements` : null;
  }
  if (tile === null || top === null) return `${name} needs a tile and how many of it are kept`;
  if (statistic !== null || block !== null) return `${name} has no blocks`;
  return top > tile * tile ? `a tile has ${tile * tile} values` : null;
}

/** @param bytesMax of a feedback, which is as large as the model */
export function feedbackProblem(
  { plan, feedback: kept }: RunBook,
  actor: ActorId,
  data: DataOfType<'daybook.submission.committed.v2'>,
  bytesMax: number,
): Refusal | null {
  const { encoding } = plan;
  if (encoding === undefined || encoding.name !== data.encoding)
    return refuse('wrong_encoding', `this run's deltas are in ${encoding?.name ?? 'f32'}`);
  if (data.computeClass !== 'exact')
    return refuse('compute_class_mismatch', 'encoded deltas are of the exact class');
  if ((data.feedback !== null) !== keepsFeedback(encoding))
    return refuse('wrong_feedback', `${encoding.name} of decay ${encoding.decay}`);
  if ((data.feedback?.sizeBytes ?? 0) > bytesMax)
    return refuse('wrong_feedback', `${data.feedback?.sizeBytes} bytes, at most ${bytesMax}`);
  return data.feedbackFrom === null || data.feedbackFrom === kept?.[actor]
    ? null
    : refuse('wrong_feedback', `the last accepted one is ${kept?.[actor] ?? 'none'}`);
}
