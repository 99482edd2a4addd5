/**
 * HTTP as spans: a request that is answered belongs to the trace it names, and one that is sent within
 * a span names its own. What a stranger sends decides where a span is shown and nothing else.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isLeft } from 'fp-ts/lib/Either.js';
import { boundedFetch } from '../bounded-fetch.ts';
import type { BoundedFetch } from '../bounded-fetch.ts';
import { redacted } from '../telemetry/redaction.ts';
import { contextOf, headersOf } from './trace-context.ts';
import type { Tracer } from './tracer.ts';

/** Spans wait in memory: a long address is cut. */
const ADDRESS_CHARACTERS_MAX = 512;

/** From a request to the end of its answer, whoever ends it; `answer` runs within the span. */
export function spanOfRequest(
  tracer: Tracer | null,
  { method = 'GET', url = '', headers }: IncomingMessage,
  response: ServerResponse,
  routeOf: () => string,
  answer: () => void,
): void {
  if (tracer === null) return answer();
  const { traceparent, tracestate } = headers;
  const told = typeof traceparent === 'string' ? { traceparent } : undefined;
  const state = typeof tracestate === 'string' ? { tracestate } : {};
  const span = tracer.start(method, {
    kind: 'server',
    parent: contextOf(told && { ...told, ...state }),
    attributes: {
      'http.request.method': method,
      'url.path': url.replace(/\?.*$/s, '').slice(0, ADDRESS_CHARACTERS_MAX),
    },
  });
  response.on('close', () => {
    const { statusCode } = response;
    const route = routeOf();
    span.name = `${method} ${route}`;
    span.set({ 'http.route': route, 'http.response.status_code': statusCode });
    span.end(statusCode < 500 ? null : `HTTP ${statusCode}`);
  });
  tracer.within(span, answer);
}

/** Requests are spans where they are part of something; outside of a span nothing is told. */
export const tracedFetch =
  (tracer: Tracer | null): BoundedFetch =>
  async (url, bytesMax, init = {}, timeoutMs) => {
    if (tracer === null || tracer.active === null)
      return boundedFetch(url, bytesMax, init, timeoutMs);
    const { method = 'GET' } = init;
    const span = tracer.start(method, {
      kind: 'client',
      attributes: {
        'http.request.method': method,
        'url.full': redacted(url).slice(0, ADDRESS_CHARACTERS_MAX),
      },
    });
    const headers = new Headers(init.headers);
    for (const [name, value] of Object.entries(headersOf(span.context))) headers.set(name, value);
    const answer = await boundedFetch(url, bytesMax, { ...init, headers }, timeoutMs);
    if (isLeft(answer)) span.end(answer.left);
    else {
      const { status } = answer.right;
      span.set({ 'http.response.status_code': status });
      span.end(status < 400 ? null : `HTTP ${status}`);
    }
    return answer;
  };
