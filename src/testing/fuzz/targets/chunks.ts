/**
 * Chunks: the list that a stranger names of an artifact, and a chunk with its path. Whoever serves them
 * can refuse and not deceive: under a root only the bytes that it is over are accepted.
 */
import {
  asChunkList,
  ChunkDigests,
  decodeChunk,
  encodeChunk,
  isChunkOf,
} from '../../../roles/transfer/chunk-list.ts';
import type { ChunkList } from '../../../roles/transfer/chunk-list.ts';
import { noise } from '../../chunk-sources.ts';
import { bytesOfText, feedRoundTrip, promise } from '../target.ts';
import type { FuzzTarget } from '../target.ts';

const CHUNK = 1024;
const INDEX = 4;
const bytes = noise(6 * CHUNK + 100, 1);
const digests = new ChunkDigests();
for (let at = 0; at < bytes.length; at += CHUNK) digests.add(bytes.subarray(at, at + CHUNK));
const tree = digests.finish(CHUNK);
const own = bytes.subarray(INDEX * CHUNK, (INDEX + 1) * CHUNK);
const CHUNK_BODY = encodeChunk({ path: tree.path(INDEX), bytes: own });

function parsed(input: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(input).toString('utf8'));
  } catch {
    return null;
  }
}

function feedChunk(input: Uint8Array): boolean {
  const chunk = decodeChunk(tree.list, INDEX, input);
  if (chunk === null || !isChunkOf(tree.list, INDEX, chunk)) return false;
  promise(Buffer.compare(input, CHUNK_BODY) === 0, 'a chunk is accepted that is another');
  return true;
}

export const chunkTargets: readonly FuzzTarget[] = [
  {
    name: 'chunk-list',
    samples: [bytesOfText(JSON.stringify(tree.list))],
    edits: [],
    feed: feedRoundTrip<ChunkList>({
      decode: (input) => asChunkList(parsed(input)) ?? undefined,
      encode: (list) => bytesOfText(JSON.stringify(list)),
    }),
  },
  { name: 'chunk', samples: [CHUNK_BODY], edits: [], feed: feedChunk },
];
