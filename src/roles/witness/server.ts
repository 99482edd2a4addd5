/**
 * A witness over HTTP: `POST /add-checkpoint` and nothing else. A request is read whole and bounded
 * before it is judged; a record that cannot be written answers 503 and signs nothing.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Fault } from '../../commands/ports/fault.ts';
import type { Say } from '../telemetry/log-events.ts';
import { spanOfRequest } from '../traces/traced-http.ts';
import type { Tracer } from '../traces/tracer.ts';
import { MAX_REQUEST_BYTES } from './add-checkpoint.ts';
import { addCheckpoint } from './witness.ts';
import type { WitnessAnswer, WitnessOptions } from './witness.ts';
import { listening } from '../listening.ts';

export interface WitnessServerOptions extends WitnessOptions {
  /** 0 takes a free port. */
  readonly port: number;
  readonly host: string;
  /** For people: what went wrong here. */
  readonly say: Say;
  /** Told of every answer, by its status. */
  readonly answered?: (status: number) => void;
  /** Requests are spans of it; null: of nothing. */
  readonly tracer?: Tracer | null;
}

export interface WitnessServer {
  /** `http://<host>:<port>`: the submission prefix. */
  readonly address: string;
  close(): Promise<void>;
}

const ROUTE = '/add-checkpoint';
const TEXT_TYPE = 'text/plain; charset=utf-8';

/** @throws NodeJS.ErrnoException when the address cannot be listened on */
export async function serveWitness(options: WitnessServerOptions): Promise<WitnessServer> {
  const { host, port, tracer = null } = options;
  const server = createServer({ requestTimeout: 10_000, maxHeaderSize: 16_384 });
  server.on('request', (request, response) => {
    const route = (): string => (request.url === ROUTE ? ROUTE : 'unmatched');
    spanOfRequest(tracer, request, response, route, () => void serve(options, request, response));
  });
  return listening(server, host, port);
}

async function serve(
  options: WitnessServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.on('close', () => options.answered?.(response.statusCode));
  try {
    send(response, await answer(options, request));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    options.say(`witness: ${why}`, 'witness.failed');
    if (!response.headersSent && !response.destroyed)
      send(response, plain(error instanceof Fault ? 503 : 500, 'the witness cannot sign now'));
  }
}

async function answer(
  options: WitnessServerOptions,
  request: IncomingMessage,
): Promise<WitnessAnswer> {
  if (request.url !== ROUTE) return plain(404, 'there is nothing here');
  if (request.method !== 'POST') return plain(405, 'a checkpoint is added with POST');
  const body = await bodyOf(request);
  return body === null ? plain(413, 'the request is too long') : addCheckpoint(options, body);
}

/** Null when it is too long. */
async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.byteLength;
    if (bytes > MAX_REQUEST_BYTES) return null;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function send(response: ServerResponse, { status, contentType, body }: WitnessAnswer): void {
  const allow = status === 405 ? { allow: 'POST' } : {};
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': String(Buffer.byteLength(body)),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...allow,
  });
  response.end(body);
}

const plain = (status: number, message: string): WitnessAnswer => ({
  status,
  contentType: TEXT_TYPE,
  body: `${message}\n`,
});
