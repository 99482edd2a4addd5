/**
 * What operators ask a role over HTTP: `/healthz` (the process answers), `/readyz` (it can do its
 * work; else 503 and why), `/status` (the same in detail, as JSON), `/metrics` (Prometheus text).
 * It only reads.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { METRICS_TYPE } from './exposition.ts';
import { listening } from '../listening.ts';

export interface Vitals {
  /** Null when the role can do its work; else why not. */
  unready(): string | null;
  status(): Readonly<Record<string, unknown>>;
  metrics(): string;
}

export interface TelemetryServer {
  /** `http://<host>:<port>` */
  readonly address: string;
  close(): Promise<void>;
}

const JSON_TYPE = 'application/json; charset=utf-8';
export const VITAL_PATHS: readonly string[] = ['/healthz', '/readyz', '/status', '/metrics'];

/** @throws NodeJS.ErrnoException when the address cannot be listened on */
export async function serveTelemetry(
  vitals: Vitals,
  host: string,
  port: number,
): Promise<TelemetryServer> {
  const server = createServer({ requestTimeout: 10_000, maxHeaderSize: 8192 });
  server.on('request', (request, response) => {
    if (!answerVitals(vitals, request, response))
      send(response, 404, JSON_TYPE, json({ status: 'not_found', paths: VITAL_PATHS }));
  });
  return listening(server, host, port);
}

/** False when the path is none of these four. */
function answerVitals(vitals: Vitals, request: IncomingMessage, response: ServerResponse): boolean {
  const [path] = (request.url ?? '').split('?');
  if (path === undefined || !VITAL_PATHS.includes(path)) return false;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    send(response, 405, JSON_TYPE, json({ status: 'method_not_allowed' }));
    return true;
  }
  const why = vitals.unready();
  if (path === '/healthz') send(response, 200, JSON_TYPE, json({ status: 'ok' }));
  else if (path === '/metrics') send(response, 200, METRICS_TYPE, vitals.metrics());
  else if (path === '/status')
    send(response, 200, JSON_TYPE, json({ ready: why === null, why, ...vitals.status() }));
  else if (why === null) send(response, 200, JSON_TYPE, json({ status: 'ready' }));
  else send(response, 503, JSON_TYPE, json({ status: 'not_ready', why }));
  return true;
}

const json = (value: unknown): string => `${JSON.stringify(value)}\n`;

function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': String(Buffer.byteLength(body)),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
}
