/**
 * Answers over HTTP: JSON with a stable shape, refusals with a stable code, and on everything the
 * headers that keep a browser from doing what the page does not need.
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Every code of an answer that is no success: its status, and what it means. */
export const HTTP_ERRORS = {
  bad_request: [400, 'The target of the request is no path.'],
  bad_parameter: [400, 'A parameter is missing, given twice, or has a value that it cannot have.'],
  unknown_parameter: [400, 'The query has a parameter that this operation does not know.'],
  not_found: [404, 'There is nothing under this path, or not in this ledger.'],
  beyond_head: [404, 'No entry has this sequence yet; the message says which is the last.'],
  entry_too_long: [404, 'A bundle has no room for one of its entries; their lines are served.'],
  not_explained: [404, 'The ledger has nothing of the kind that was asked about.'],
  method_not_allowed: [405, 'Everything is read, with GET or HEAD.'],
  uri_too_long: [414, 'The target of the request is too long.'],
  range_not_satisfiable: [416, 'The range begins beyond the end of the artifact.'],
  wrong_host: [421, 'This explorer is reached as localhost only.'],
  too_far_back: [422, 'Too many entries would have to be folded; replay a recording instead.'],
  too_much_history: [422, 'The ledger is too long to be explained here; explain a recording.'],
  artifact_too_large: [422, 'Ask for it in ranges.'],
  internal_error: [500, 'The explorer failed; its standard error says how.'],
  log_changed: [500, 'Read again, the log does not hold any more.'],
  not_ready: [503, 'The log is still being folded, or something is wrong with it.'],
  too_many_streams: [503, 'As many event streams are open as are served; try later.'],
  no_checkpoint: [503, 'There is no signed head to serve; the message says why.'],
  not_bundled: [503, 'The audit for browsers is not there and cannot be made here.'],
  no_artifacts: [503, 'This explorer was started without an artifact store.'],
  log_away: [503, 'The log or the artifact store does not answer; try again.'],
  not_indexed: [503, 'The log is still being indexed for searches; try again.'],
  busy: [503, 'Others are being served; try again.'],
} as const satisfies Record<string, readonly [status: number, doc: string]>;

export type HttpErrorCode = keyof typeof HTTP_ERRORS;
/** A code with the status that belongs to it. */
type Coded = {
  [C in HttpErrorCode]: [status: (typeof HTTP_ERRORS)[C][0], code: C, message: string];
}[HttpErrorCode];

/** A request that is not served; becomes `{"error":{"code","message"}}`. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  readonly code: HttpErrorCode;

  constructor(...[status, code, message]: Coded) {
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

export function begin(response: ServerResponse, status: number, headers: Headers): ServerResponse {
  return response.writeHead(status, {
    'cache-control': 'no-store',
    ...SECURITY_HEADERS,
    ...headers,
  });
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

/** For what does not change while the ledger stands still: a reader that has it is told so. */
export function sendTagged(
  request: IncomingMessage,
  response: ServerResponse,
  headers: Headers,
  body: string | Uint8Array,
): void {
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  const tagged = { 'cache-control': 'no-cache', ...headers, etag };
  if (isKnown(request, etag)) begin(response, 304, tagged).end();
  else send(request, response, 200, tagged, body);
}

/** Whether the reader has what the (strong) tag stands for. */
export function isKnown({ headers }: IncomingMessage, etag: string): boolean {
  const known = (headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim());
  return known.some((tag) => tag === '*' || tag.replace(/^W\//, '') === etag);
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
