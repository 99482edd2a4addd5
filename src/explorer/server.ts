/**
 * The explorer's HTTP server: the live page, its event stream, the read API, the log in tiles and the
 * endpoints of operation. It only reads, keeps no state that the log does not give back, and answers whatever it
 * is sent with a typed error or with what was asked for.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { Artifacts } from '../commands/ports/artifacts.ts';
import type { ServiceHost } from '../adapters/nats/read-service.ts';
import type { Channel } from '../commands/ports/channel.ts';
import type { EventLog } from '../commands/ports/event-log.ts';
import { Fault } from '../commands/ports/fault.ts';
import type { Listening } from '../roles/listening.ts';
import { listening } from '../roles/listening.ts';
import type { Witnesses } from '../roles/witness/ask-witness.ts';
import type { SnapshotKeeper } from '../roles/snapshots/keeper.ts';
import type { Asset } from './assets.ts';
import { loadAssets } from './assets.ts';
import type { FoldingStart } from './folding.ts';
import { nothingOf } from './folding.ts';
import { foldingStartOf } from './kept-folding.ts';
import { HttpError, send, sendError } from './reply.ts';
import { apiRoutes, routes } from './routes.ts';
import type { Sample } from '../roles/telemetry/exposition.ts';
import { spanOfRequest } from '../roles/traces/traced-http.ts';
import type { Tracer } from '../roles/traces/tracer.ts';
import { serveReads } from './read-service.ts';
import { Site } from './site.ts';
import { Router, valuesOf } from './route.ts';

export interface ExplorerOptions {
  readonly log: EventLog;
  /** 0 takes a free port. */
  readonly port: number;
  /** Default: this machine only. */
  readonly host?: string;
  /** Where signed heads come from; without it none is shown, and no tiles. */
  readonly channel?: Channel;
  /** What is served by digest; without it, nothing is. */
  readonly artifacts?: Artifacts;
  /** Who cosigns them. */
  readonly witnesses?: Witnesses;
  /** Where the same is asked over NATS; without it, nowhere. */
  readonly services?: ServiceHost;
  /** Null: start from the log alone. */
  readonly snapshots?: SnapshotKeeper | null;
  /** What the process counts besides, for its metrics. */
  readonly counted?: () => readonly Sample[];
  /** Requests are spans of it; null: of nothing. */
  readonly tracer?: Tracer | null;
}

export interface Explorer {
  /** `http://<host>:<port>` */
  readonly address: string;
  /**
   * Folds the log anew beside what is served, and switches when both stand at the same entry.
   * Resolves with whether the books came out as they were.
   * @throws Illegal | Fault when the log, read again, does not hold; what was served goes on
   */
  rebuild(): Promise<boolean>;
  /** Ends every stream and request; the log stays open, it is the caller's. */
  close(): Promise<void>;
}

const router = new Router(routes);
const PAGE_FOLDER = fileURLToPath(new URL('./page', import.meta.url));
const LOCAL_HOST = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/;
const URL_CHARACTERS_MAX = 2048;
/**
 * Longer than proxies and clients keep idle connections, so that they let go first: a server that does
 * resets a request that is just being sent.
 */
const IDLE_MS_MAX = 65_000;

/** @throws Fault when the log cannot be read */
async function startOf(log: EventLog, snapshots: SnapshotKeeper | null): Promise<FoldingStart> {
  const kept = (await snapshots?.newest(log)) ?? null;
  return (kept === null ? null : foldingStartOf(kept)) ?? nothingOf(log.ledger);
}

/** @throws NodeJS.ErrnoException when the address cannot be listened on (EADDRINUSE, EACCES) */
export async function startExplorer(options: ExplorerOptions): Promise<Explorer> {
  const { log, port, host = '127.0.0.1', channel, witnesses = null, snapshots = null } = options;
  const start = await startOf(log, snapshots);
  const assets = await loadAssets(PAGE_FOLDER);
  const server = createServer({
    requestTimeout: 10_000,
    maxHeaderSize: 16_384,
    keepAliveTimeout: IDLE_MS_MAX,
  });
  const listens = await listening(server, host, port);
  const authority = channel === undefined ? null : { channel, witnesses };
  const site = new Site({
    log,
    assets,
    artifacts: options.artifacts ?? null,
    start,
    snapshots,
    authority,
    counted: options.counted ?? (() => []),
  });
  const tracer = options.tracer ?? null;
  const local = LOCAL_HOST.test(host);
  server.on('request', (request, response) => {
    const asked = { route: 'unmatched' };
    const serving = (): void => void serve(site, local, request, response, asked);
    spanOfRequest(tracer, request, response, () => asked.route, serving);
  });
  const bound = new URL(listens.address).port;
  const endService =
    options.services === undefined
      ? () => undefined
      : serveReads(options.services, `http://${ownHost(host)}:${bound}`, apiRoutes);
  return {
    address: listens.address,
    rebuild: () => site.follower.rebuild(),
    close: () => {
      endService();
      return shut(listens, site);
    },
  };
}

/** Where the process itself reaches what listens on every address. */
function ownHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host;
}

async function shut(listens: Listening, site: Site): Promise<void> {
  await Promise.all([listens.close(), site.close()]);
}

async function serve(
  site: Site,
  local: boolean,
  request: IncomingMessage,
  response: ServerResponse,
  asked: { route: string },
): Promise<void> {
  response.on('close', () => {
    const key = `${asked.route} ${response.statusCode}`;
    site.requests.set(key, (site.requests.get(key) ?? 0) + 1);
  });
  try {
    if (local) checkHost(request);
    else openToOthers(response);
    const url = parsed(request);
    const asset = site.assets.get(url.pathname);
    const found = router.find(url.pathname);
    if (asset === undefined && found === null)
      throw new HttpError(404, 'not_found', 'there is nothing here');
    asked.route = found?.route.path ?? url.pathname;
    if (request.method === 'OPTIONS' && !local) {
      response.writeHead(204, PREFLIGHT).end();
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD')
      throw new HttpError(405, 'method_not_allowed', 'everything here is read with GET');
    if (asset !== undefined) return sendAsset(request, response, asset);
    if (found === null) return;
    const values = valuesOf(found.route, found.inPath, url.searchParams);
    await found.route.handle({ site, request, response }, values as never);
  } catch (error) {
    refuse(request, response, error);
  }
}

/** What a page from elsewhere may send; nothing here depends on who asks. */
const PREFLIGHT = {
  'access-control-allow-methods': 'GET, HEAD',
  'access-control-allow-headers': 'range, if-range, if-none-match, last-event-id',
  'access-control-max-age': '86400',
};
const EXPOSED = 'etag, content-range, daybook-size, daybook-root, daybook-next';

/**
 * Whoever reaches a server that others reach may read all of it: so may a page in his browser. One for
 * this machine alone keeps that to itself, for any site that is open beside it could read along.
 */
function openToOthers(response: ServerResponse): void {
  response.setHeader('access-control-allow-origin', '*');
  response.setHeader('access-control-expose-headers', EXPOSED);
}

/** A server for this machine alone answers no name that somebody made resolve to it. */
function checkHost({ headers }: IncomingMessage): void {
  if (!LOCAL_HOST.test((headers.host ?? '').replace(/:\d+$/, '')))
    throw new HttpError(421, 'wrong_host', 'this explorer is reached as localhost only');
}

function parsed({ url = '' }: IncomingMessage): URL {
  if (url.length > URL_CHARACTERS_MAX)
    throw new HttpError(414, 'uri_too_long', `at most ${URL_CHARACTERS_MAX} characters`);
  const parsedUrl = url.startsWith('/') ? URL.parse(`http://explorer${url}`) : null;
  if (parsedUrl === null) throw new HttpError(400, 'bad_request', 'the target is no path');
  return parsedUrl;
}

function sendAsset(request: IncomingMessage, response: ServerResponse, asset: Asset): void {
  const headers = {
    'content-type': asset.contentType,
    etag: asset.etag,
    'cache-control': 'no-cache',
  };
  if (request.headers['if-none-match'] === asset.etag) send(request, response, 304, headers, '');
  else send(request, response, 200, headers, asset.bytes);
}

function refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    // Too late for an answer: a cut connection is the only honest end of a half-sent body.
    response.destroy();
    return;
  }
  sendError(request, response, httpErrorOf(error), allowOf(error));
}

function httpErrorOf(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof Fault) return new HttpError(503, 'log_away', error.message);
  process.stderr.write(
    `explorer: ${error instanceof Error ? (error.stack ?? '') : String(error)}\n`,
  );
  return new HttpError(500, 'internal_error', 'the explorer failed; its standard error says how');
}

const allowOf = (error: unknown): Record<string, string> =>
  error instanceof HttpError && error.status === 405 ? { allow: 'GET, HEAD' } : {};
