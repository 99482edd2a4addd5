/**
 * Serves what is held here in chunks, over HTTP, to anybody:
 *
 *   GET /chunks/<hex>                       the list: digest, sizeBytes, chunkBytes, count, root
 *   GET /chunks/<hex>/<index>               32-byte hashes of the path, then the chunk
 *   GET /pages/<hex>/<pageTokens>/<index>   the same of one page of a token stream
 *
 * 404: not held, or no such index. Nothing is taken from whoever asks.
 */
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import { Fault } from '../../commands/ports/fault.ts';
import type { Digest } from '../../events/ids.ts';
import type { Say } from '../telemetry/log-events.ts';
import { spanOfRequest } from '../traces/traced-http.ts';
import type { Tracer } from '../traces/tracer.ts';
import { encodeChunk } from './chunk-list.ts';
import type { Served } from './holdings.ts';
import { listening } from '../listening.ts';

export interface ChunkServerOptions {
  readonly holdings: Served;
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** For people: what went wrong here. */
  readonly say: Say;
  /** Told of every answer, by its route (`chunks`, `pages`, `unmatched`) and status. */
  readonly answered?: (route: string, status: number) => void;
  /** Requests are spans of it; null: of nothing. */
  readonly tracer?: Tracer | null;
}

export interface ChunkServer {
  /** `http://<host>:<port>` */
  readonly address: string;
  close(): Promise<void>;
}

const CONNECTIONS_MAX = 64;
/** Chunks that are read and sent at once: as many may be in memory. */
const ANSWERS_MAX = 16;
const ROUTE =
  /^\/(?:chunks\/([0-9a-f]{64})(?:\/(\d{1,10}))?|pages\/([0-9a-f]{64})\/(\d{1,7})\/(\d{1,10}))$/;

/** @throws NodeJS.ErrnoException when the address cannot be listened on */
export async function serveChunks(options: ChunkServerOptions): Promise<ChunkServer> {
  const { host, port, holdings, say, tracer = null } = options;
  const server = createServer({ requestTimeout: 10_000, maxHeaderSize: 8192 });
  server.maxConnections = CONNECTIONS_MAX;
  // Whoever takes an answer too slowly is not waited for.
  server.setTimeout(60_000);
  let answering = 0;
  server.on('request', (request, response) => {
    response.once('close', () => options.answered?.(routeOf(request.url), response.statusCode));
    if (request.method !== 'GET') return plain(response, 405, 'only GET');
    if (answering >= ANSWERS_MAX) return plain(response, 503, 'busy');
    answering += 1;
    response.once('close', () => (answering -= 1));
    const route = (): string => `/${routeOf(request.url)}`;
    spanOfRequest(tracer, request, response, route, () => {
      answer(holdings, request.url ?? '', response).catch((error: unknown) => {
        say(`chunks: ${error instanceof Error ? error.message : String(error)}`, 'chunks.failed');
        if (!response.headersSent) plain(response, error instanceof Fault ? 503 : 500, 'not now');
        else response.destroy();
      });
    });
  });
  return listening(server, host, port);
}

const routeOf = (url = ''): string =>
  ROUTE.test(url) ? (url.split('/')[1] ?? 'unmatched') : 'unmatched';

async function answer(holdings: Served, url: string, response: ServerResponse): Promise<void> {
  const found = ROUTE.exec(url);
  if (found === null) return plain(response, 404, 'there is nothing here');
  const [, hex, index, stream, pageTokens, page] = found;
  try {
    if (stream !== undefined && Number(pageTokens) > 0) {
      const tokens = `sha256:${stream}` as Digest;
      const one = await holdings.page(tokens, Number(pageTokens), Number(page));
      return send(response, 'application/octet-stream', encodeChunk(one));
    }
    if (hex === undefined) return plain(response, 404, 'there is nothing here');
    const digest = `sha256:${hex}` as Digest;
    if (index === undefined) {
      const { list } = await holdings.tree(digest);
      return send(response, 'application/json', Buffer.from(JSON.stringify(list)));
    }
    const chunk = await holdings.chunk(digest, Number(index));
    send(response, 'application/octet-stream', encodeChunk(chunk));
  } catch (error) {
    const missing = error instanceof Fault && error.code === 'artifact_missing';
    if (!missing && !(error instanceof RangeError)) throw error;
    plain(response, 404, 'not held here');
  }
}

function send(response: ServerResponse, contentType: string, body: Uint8Array): void {
  response.writeHead(200, {
    'content-type': contentType,
    'content-length': String(body.byteLength),
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
}

function plain(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(`${message}\n`);
}
