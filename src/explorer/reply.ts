/**
 * Answers over HTTP: JSON with a stable shape, refusals with a stable code, and on everything the
 * headers that keep a browser from doing what the page does not need.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

export type HttpErrorCode =
  | 'not_found'
  | 'method_not_allowed'
  | 'bad_parameter'
  | 'unknown_parameter'
  | 'bad_request'
  | 'wrong_host'
  | 'not_ready'
  | 'too_many_streams'
  | 'no_checkpoint'
  | 'not_bundled'
  | 'entry_too_long'
  | 'log_away'
  | 'log_changed'
  | 'beyond_head'
  | 'too_far_back'
  | 'busy'
  | 'not_explained'
  | 'too_much_history'
  | 'internal_error';

/** A request that is not served; becomes `{"error":{"code","message"}}`. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  readonly code: HttpErrorCode;

  constructor(status: number, code: HttpErrorCode, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
};

export type Headers = Readonly<Record<string, string>>;

export function begin(response: ServerResponse, status: number, headers: Headers): void {
  response.writeHead(status, { 'cache-control': 'no-store', ...SECURITY_HEADERS, ...headers });
}

export function send(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: Headers,
  body: string | Uint8Array,
): void {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  begin(response, status, { ...headers, 'content-length': String(bytes.byteLength) });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

export function sendJson(
  request: IncomingMessage,
  response: ServerResponse,
  value: unknown,
  headers: Headers = {},
): void {
  send(request, response, 200, { ...headers, 'content-type': JSON_TYPE }, JSON.stringify(value));
}

export function sendError(
  request: IncomingMessage,
  response: ServerResponse,
  { status, code, message }: HttpError,
  headers: Headers = {},
): void {
  const body = JSON.stringify({ error: { code, message } });
  send(request, response, status, { ...headers, 'content-type': JSON_TYPE }, body);
}

export const JSON_TYPE = 'application/json; charset=utf-8';
