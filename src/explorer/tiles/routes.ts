/**
 * The ledger as c2sp.org/tlog-tiles: `/checkpoint`, `/tile/<l>/<n>[.p/<w>]`, entry bundles at
 * `/tile/entries/<n>[.p/<w>]`, and at `/lines/<n>[.p/<w>]` the same entries as they are recorded, one
 * line each, because a bundle has no room for a long one. Invariant: nothing beyond the published head
 * is served, so what is served never changes and may be kept for ever.
 */
import { promisify } from 'node:util';
import { gzip as gzipInThread } from 'node:zlib';
import { HASH_BYTES } from '../../events/merkle.ts';
import { MAX_TILE_LEVEL, parseTileSuffix, TILE_WIDTH, tileWidth } from '../../events/tile.ts';
import type { Tile } from '../../events/tile.ts';
import { entriesBetween, linesBetween } from '../entries.ts';
import type { Published } from '../publication.ts';
import { text, whole } from '../parameters.ts';
import { begin, HttpError, send, sendTagged } from '../reply.ts';
import type { Route } from '../route.ts';
import { route } from '../route.ts';
import type { Visit } from '../visit.ts';

const gzip = promisify(gzipInThread);
const NOTE_TYPE = 'text/plain; charset=utf-8';
const BYTES_TYPE = 'application/octet-stream';
const LINES_TYPE = 'application/x-ndjson; charset=utf-8';
const FOR_EVER = { 'cache-control': 'public, max-age=31536000, immutable' };
const TEXT = { type: 'string' };
const MAX_BUNDLED_BYTES = 0xffff;

interface Place {
  readonly index: string;
  readonly width?: number;
}

async function checkpoint({ site, request, response }: Visit): Promise<void> {
  const { note } = await published({ site });
  sendTagged(request, response, { 'content-type': NOTE_TYPE }, note);
}

async function hashes({ site, request, response }: Visit, wanted: Tile): Promise<void> {
  const bytes = await site.tiles.bytes(wanted);
  if (bytes.byteLength !== wanted.width * HASH_BYTES) throw new Error('a tile has its width');
  send(request, response, 200, { ...FOR_EVER, 'content-type': BYTES_TYPE }, bytes);
}

async function lines({ site, request, response }: Visit, { index, width }: Tile): Promise<void> {
  begin(response, 200, { ...FOR_EVER, 'content-type': LINES_TYPE });
  const from = index * TILE_WIDTH;
  if (request.method !== 'HEAD') await entriesBetween(site, from, from + width, response);
  response.end();
}

async function bundle({ site, request, response }: Visit, { index, width }: Tile): Promise<void> {
  const from = index * TILE_WIDTH;
  const parts: Uint8Array[] = [];
  for await (const line of linesBetween(site, from, from + width)) {
    if (line.byteLength > MAX_BUNDLED_BYTES)
      throw new HttpError(
        404,
        'entry_too_long',
        'a bundle cannot hold an entry of it; see /lines/',
      );
    parts.push(Uint8Array.of(line.byteLength >> 8, line.byteLength & 0xff), line);
  }
  const bytes = Buffer.concat(parts);
  const zipped = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  const headers = { ...FOR_EVER, 'content-type': BYTES_TYPE, vary: 'accept-encoding' };
  if (zipped)
    send(request, response, 200, { ...headers, 'content-encoding': 'gzip' }, await gzip(bytes));
  else send(request, response, 200, headers, bytes);
}

/** @throws HttpError for a tile that the published tree does not have so wide */
async function known({ site }: Visit, level: number, { index, width }: Place): Promise<Tile> {
  const place = parseTileSuffix(width === undefined ? index : `${index}.p/${width}`);
  const wanted = place === null ? null : { level, ...place };
  if (wanted === null) throw new HttpError(404, 'not_found', 'no tile has this path');
  const { size } = site.publication.last ?? (await published({ site }));
  if (tileWidth(wanted.level, wanted.index, size) < wanted.width)
    throw new HttpError(404, 'not_found', `the head of ${size} entries has no such tile`);
  return wanted;
}

async function published({ site }: Pick<Visit, 'site'>): Promise<Published> {
  const current = await site.publication.current();
  if (current !== null) return current;
  throw new HttpError(503, 'no_checkpoint', `no signed head: ${site.publication.problem}`);
}

const index = {
  ...text(
    'Index of the tile: three digits; from 1000 on in more segments, as in `x001/234`.',
    /^(x[0-9]{3}\/){0,5}[0-9]{3}$/,
    { required: 'the index of a tile' },
  ),
  spans: true,
} as const;
const level = whole('Level of the tile; 0 has the leaves.', {
  min: 0,
  max: MAX_TILE_LEVEL,
  required: 'the level of a tile',
});
const width = whole('How many there are in a tile that is not full.', {
  min: 1,
  max: TILE_WIDTH - 1,
  required: 'the width of a tile',
});

type Served = (visit: Visit, tile: Tile) => Promise<void>;

/** A full tile, and one that is not. */
function bothOf(
  id: string,
  prefix: string,
  doc: string,
  [type, serve]: readonly [string, Served],
): Route[] {
  const shared = {
    tag: 'proofs',
    answer: { doc, types: { [type]: {} }, headers: { 'cache-control': 'For ever.' } },
    errors: ['not_found', 'no_checkpoint', 'entry_too_long', 'log_away'],
  } as const;
  const hasLevel = prefix.includes('{level}');
  const handle = async (visit: Visit, place: Place & { readonly level?: number }) =>
    serve(visit, await known(visit, place.level ?? 0, place));
  const own = hasLevel ? { level, index } : { index };
  return [
    route({
      ...shared,
      path: `${prefix}{index}.p/{width}`,
      id: `${id}Partial`,
      doc: `${doc} One that is not full yet.`,
      parameters: { ...own, width },
      handle,
    }),
    route({ ...shared, path: `${prefix}{index}`, id, doc, parameters: own, handle }),
  ];
}

export const tileRoutes: readonly Route[] = [
  route({
    path: '/checkpoint',
    id: 'checkpoint',
    tag: 'proofs',
    doc: 'The newest signed head, with the cosignatures of its witnesses.',
    parameters: {},
    answer: { doc: 'A signed note (C2SP tlog-checkpoint).', types: { 'text/plain': TEXT } },
    errors: ['no_checkpoint'],
    handle: checkpoint,
  }),
  ...bothOf('entryBundle', '/tile/entries/', 'Entries of a tile, each with its length in front.', [
    BYTES_TYPE,
    bundle,
  ]),
  ...bothOf('tile', '/tile/{level}/', 'Hashes of the tree, 32 bytes each.', [BYTES_TYPE, hashes]),
  ...bothOf('lines', '/lines/', 'Entries of a tile as they are recorded, one line each.', [
    'application/x-ndjson',
    lines,
  ]),
];
