/** Recordings under their checkpoint, and the ranges that snapshots store. */
import * as E from 'fp-ts/lib/Either.js';
import { CompactRange, leafHash } from '../../../events/merkle.ts';
import type { StoredRange } from '../../../events/merkle.ts';
import { verifyRecording } from '../../../events/recording.ts';
import { ndjsonOf, signedHead, storyLines, verifierKey } from '../../signed-story.ts';
import { editJson } from '../json-edits.ts';
import { editLines } from '../line-edits.ts';
import { bytesOfText, feedRoundTrip, promise } from '../target.ts';
import type { FuzzTarget } from '../target.ts';

const ENTRIES = 4;
const RECORDING = ndjsonOf(storyLines.slice(0, ENTRIES));
const CHECKPOINT = signedHead(storyLines.slice(0, ENTRIES));

function feedRecording(ndjson: Uint8Array): boolean {
  if (E.isLeft(verifyRecording(ndjson, CHECKPOINT, verifierKey))) return false;
  promise(
    Buffer.compare(ndjson, RECORDING) === 0,
    'a recording verifies that is not the signed one',
  );
  return true;
}

function rangeOf(size: number): CompactRange {
  const range = CompactRange.empty();
  for (const line of storyLines.slice(0, size)) range.append(leafHash(line));
  return range;
}

function decodeRange(input: Uint8Array): CompactRange | undefined {
  let stored: StoredRange;
  try {
    stored = JSON.parse(Buffer.from(input).toString('utf8')) as StoredRange;
  } catch {
    return undefined;
  }
  const range = CompactRange.deserialise(stored);
  return E.isRight(range) ? range.right : undefined;
}

export const recordingTargets: readonly FuzzTarget[] = [
  {
    name: 'recording',
    samples: [RECORDING, ndjsonOf(storyLines.slice(0, ENTRIES + 1))],
    edits: [editLines],
    feed: feedRecording,
  },
  {
    name: 'compact-range',
    samples: [0, 1, 2, 7, 12].map((size) => bytesOfText(JSON.stringify(rangeOf(size).serialise()))),
    edits: [editJson],
    feed: feedRoundTrip<CompactRange>({
      decode: decodeRange,
      encode: (range) => bytesOfText(JSON.stringify(range.serialise())),
      print: (range) => Buffer.from(range.root()).toString('hex'),
    }),
  },
];
