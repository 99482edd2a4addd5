/**
 * The ledger as c2sp.org/tlog-tiles: `/checkpoint`, `/tile/<l>/<n>[.p/<w>]`, entry bundles at
 * `/tile/entries/<n>[.p/<w>]`, and at `/lines/<n>[.p/<w>]` the same entries as they are recorded, one
 * line each, because a bundle has no room for a long one. Invariant: nothing beyond the published head
 * is served, so what is served never changes and may be kept for ever.
 */
import { promisify } from 'node:util';
import { gzip as gzipInThread } from 'node:zlib';
import { HASH_BYTES } from '../../events/merkle.ts';
import { parseTilePath, parseTileSuffix, TILE_WIDTH, tileWidth } from '../../events/tile.ts';
import type { Tile } from '../../events/tile.ts';
import { entriesBetween, linesBetween } from '../entries.ts';
import type { Published } from '../publication.ts';
import { Query } from '../query.ts';
import { begin, HttpError, send } from '../reply.ts';
import type { Visit } from '../visit.ts';

const gzip = promisify(gzipInThread);
const NOTE_TYPE = 'text/plain; charset=utf-8';
const BYTES_TYPE = 'application/octet-stream';
const LINES_TYPE = 'application/x-ndjson; charset=utf-8';
const FOR_EVER = { 'cache-control': 'public, max-age=31536000, immutable' };
const MAX_BUNDLED_BYTES = 0xffff;

const ENTRIES = '/tile/entries/';
const LINES = '/lines/';

/** What counts requests of a tile; null for a path of another kind. */
export function tileRouteOf(path: string): string | null {
  if (path.startsWith(ENTRIES)) return ENTRIES;
  if (path.startsWith('/tile/')) return '/tile/';
  return path.startsWith(LINES) ? LINES : null;
}

export async function checkpoint({ site, request, response, params }: Visit): Promise<void> {
  void new Query(params, []);
  const { note } = await published({ site });
  send(request, response, 200, { 'content-type': NOTE_TYPE }, note);
}

/** @param path that `tileRouteOf` knows */
export async function tile(visit: Visit, path: string): Promise<void> {
  void new Query(visit.params, []);
  const route = tileRouteOf(path);
  if (route === ENTRIES) await bundle(visit, await entryTile(visit, path.slice(ENTRIES.length)));
  else if (route === LINES) await lines(visit, await entryTile(visit, path.slice(LINES.length)));
  else await hashes(visit, await known(visit, parseTilePath(path.slice(1))));
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

function entryTile(visit: Visit, suffix: string): Promise<Tile> {
  const place = parseTileSuffix(suffix);
  return known(visit, place === null ? null : { level: 0, ...place });
}

/** @throws HttpError for a tile that the published tree does not have so wide */
async function known({ site }: Pick<Visit, 'site'>, wanted: Tile | null): Promise<Tile> {
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
