/**
 * The lines of a recording, read from its start as often as somebody wants, a piece at a time: so that
 * what an audit holds does not grow with what it reads.
 */
import { splitRecording } from '../../events/recording.ts';
import { wholeLines } from '../../events/event-lines.ts';

/** Read when it is wanted: a browser's Blob is one. */
export interface RecordedFile {
  /** Bytes. */
  readonly size: number;
  slice(from: number, end: number): RecordedFile;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** Bytes that are there already, or a file. */
export type Recorded = Uint8Array | RecordedFile;

/** Some four hundred lines: handed to a thread, tens of milliseconds of signatures. */
const PIECE_BYTES = 256 * 1024;
/** What is asked of a file at a time. */
const READ_BYTES = 4 * 1024 * 1024;

export const bytesIn = (recorded: Recorded): number =>
  recorded instanceof Uint8Array ? recorded.byteLength : recorded.size;

/** Whole lines with their newlines, some at a time; one without a newline can only be the last. */
export const piecesOf = (recorded: Recorded): AsyncGenerator<Uint8Array, void, void> =>
  wholeLines(chunksOf(recorded));

/** The lines of these sequences, by sequence: as many as there are. */
export async function linesAt(
  recorded: Recorded,
  sequences: ReadonlySet<number>,
): Promise<Map<number, Uint8Array>> {
  const found = new Map<number, Uint8Array>();
  let sequence = 0;
  if (sequences.size === 0) return found;
  for await (const piece of piecesOf(recorded))
    for (const line of splitRecording(piece)) {
      if (sequences.has(sequence)) found.set(sequence, new Uint8Array(line));
      sequence += 1;
      if (found.size === sequences.size) return found;
    }
  return found;
}

const NEWLINE = 0x0a;

/** How many lines there are, a last one without its newline included, and whether there is such a one. */
export async function countLines(
  recorded: Recorded,
): Promise<{ readonly count: number; readonly isCut: boolean }> {
  let count = 0;
  let isCut = false;
  for await (const chunk of chunksOf(recorded)) {
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) count += 1;
    isCut = chunk.at(-1) !== NEWLINE;
  }
  return { count: count + Number(isCut), isCut };
}

/** The bytes in order, some at a time, cut anywhere. */
export async function* chunksOf(recorded: Recorded): AsyncGenerator<Uint8Array, void, void> {
  if (recorded instanceof Uint8Array) return yield* cut(recorded);
  const read = (from: number): Promise<ArrayBuffer> =>
    recorded.slice(from, from + READ_BYTES).arrayBuffer();
  let next = read(0);
  for (let from = 0; from < recorded.size; from += READ_BYTES) {
    const bytes = new Uint8Array(await next);
    // It is read while this much is looked at.
    next = read(from + READ_BYTES);
    yield* cut(bytes);
  }
  await next;
}

function* cut(bytes: Uint8Array): Generator<Uint8Array, void, void> {
  for (let from = 0; from < bytes.byteLength; from += PIECE_BYTES)
    yield bytes.subarray(from, from + PIECE_BYTES);
}
