/**
 * Artifacts by their digest: checkpoints, deltas, datasets. Whole ones were checked against the digest
 * before the first byte is sent; of a range nobody has checked anything, so whoever puts ranges
 * together checks the whole.
 */
import type { ServerResponse } from 'node:http';
import type { Artifacts } from '../../commands/ports/artifacts.ts';
import { Fault } from '../../commands/ports/fault.ts';
import type { Digest } from '../../events/ids.ts';
import * as p from '../parameters.ts';
import { begin, HttpError, isKnown } from '../reply.ts';
import { route } from '../route.ts';
import type { Visit } from '../visit.ts';

/** A whole artifact lies in memory while it is checked. */
const WHOLE_BYTES_MAX = 256 * 2 ** 20;
const RANGE_BYTES_MAX = 16 * 2 ** 20;
const BYTES_TYPE = 'application/octet-stream';
const RANGE = /^bytes=(\d{1,15})-(\d{0,15})$/;

async function artifact(visit: Visit, { digest }: { digest: string }): Promise<void> {
  const { artifacts } = visit.site;
  if (artifacts === null)
    throw new HttpError(503, 'no_artifacts', 'this explorer has no artifact store');
  const etag = `"${digest}"`;
  const headers = {
    etag,
    'accept-ranges': 'bytes',
    'cache-control': 'public, max-age=31536000, immutable',
  };
  if (isKnown(visit.request, etag)) {
    begin(visit.response, 304, headers).end();
    return;
  }
  const send = { ...headers, 'content-type': BYTES_TYPE };
  try {
    await sendArtifact(visit, artifacts, digest as Digest, send);
  } catch (error) {
    if (error instanceof Fault && error.code === 'artifact_missing')
      throw new HttpError(404, 'not_found', 'nothing is stored under this digest');
    throw error;
  }
}

async function sendArtifact(
  { request, response }: Visit,
  artifacts: Artifacts,
  digest: Digest,
  headers: Record<string, string>,
): Promise<void> {
  const sizeBytes = await sizeOf(artifacts, digest);
  const wanted = rangeOf(request.headers.range, request.headers['if-range'], headers['etag']);
  if (wanted === null && sizeBytes > WHOLE_BYTES_MAX && request.method !== 'HEAD')
    throw new HttpError(422, 'artifact_too_large', `${sizeBytes} bytes: ask for it in ranges`);
  if (wanted === null) {
    const bytes = request.method === 'HEAD' ? null : await artifacts.get(digest);
    return finish(response, 200, { ...headers, 'content-length': String(sizeBytes) }, bytes);
  }
  const { start } = wanted;
  if (start >= sizeBytes)
    throw new HttpError(416, 'range_not_satisfiable', `there are ${sizeBytes} bytes`);
  const end = Math.min(wanted.end, sizeBytes - 1, start + RANGE_BYTES_MAX - 1);
  const bytes = await part(artifacts, digest, start, end - start + 1);
  const ranged = {
    ...headers,
    'content-range': `bytes ${start}-${end}/${sizeBytes}`,
    'content-length': String(bytes.byteLength),
  };
  return finish(response, 206, ranged, request.method === 'HEAD' ? null : bytes);
}

function finish(
  response: ServerResponse,
  status: number,
  headers: Record<string, string>,
  bytes: Uint8Array | null,
): void {
  begin(response, status, headers).end(bytes ?? undefined);
}

async function sizeOf(artifacts: Artifacts, digest: Digest): Promise<number> {
  if (artifacts.range === undefined) return (await artifacts.get(digest)).byteLength;
  return (await artifacts.range(digest, 0, 1)).sizeBytes;
}

async function part(
  artifacts: Artifacts,
  digest: Digest,
  start: number,
  length: number,
): Promise<Uint8Array> {
  if (artifacts.range === undefined)
    return (await artifacts.get(digest)).subarray(start, start + length);
  return (await artifacts.range(digest, start, length)).bytes;
}

/** One range from a first byte on; whatever else is asked for is answered with all of it. */
function rangeOf(
  header: string | undefined,
  ifRange: string | string[] | undefined,
  etag: string | undefined,
): { readonly start: number; readonly end: number } | null {
  const match = RANGE.exec(header ?? '');
  if (match === null || (ifRange !== undefined && ifRange !== etag)) return null;
  const [, start = '', end = ''] = match;
  const last = end === '' ? Number.MAX_SAFE_INTEGER : Number(end);
  return Number(start) > last ? null : { start: Number(start), end: last };
}

export const artifactRoutes = [
  route({
    path: '/api/artifacts/{digest}',
    id: 'artifact',
    tag: 'artifacts',
    doc: 'The bytes under a digest, whole or a range of them; their strong ETag is the digest.',
    parameters: { digest: p.digest },
    answer: {
      doc: 'Whole: checked against the digest. A range: not, and it may be cut short.',
      types: { [BYTES_TYPE]: {} },
      hasRanges: true,
      headers: { 'cache-control': 'For ever: other bytes have another digest.' },
    },
    errors: [
      'not_found',
      'no_artifacts',
      'artifact_too_large',
      'range_not_satisfiable',
      'log_away',
    ],
    handle: artifact,
  }),
];
