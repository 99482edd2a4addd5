/** Spans as OTLP/HTTP carries them in JSON (opentelemetry-proto, trace/v1): ids in hex, times as text. */
import type { SpanContext } from './trace-context.ts';
import type { Attributes, EndedSpan, SpanKind } from './tracer.ts';

const KINDS: Readonly<Record<SpanKind, number>> = {
  internal: 1,
  server: 2,
  client: 3,
  producer: 4,
  consumer: 5,
};
const FAILED = 2;
const SAMPLED = 1;

function valueOf(value: Attributes[string]): object {
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'string') return { stringValue: value };
  // 64-bit integers are text in protobuf's JSON.
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

const attributesOf = (attributes: Attributes): object[] =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: valueOf(value) }));

const linkOf = ({ traceId, spanId, state }: SpanContext): object => ({
  traceId,
  spanId,
  ...(state === null ? {} : { traceState: state }),
  attributes: [],
});

const spanOf = ({ context, parentId, failure, ...span }: EndedSpan): object => ({
  traceId: context.traceId,
  spanId: context.spanId,
  ...(parentId === null ? {} : { parentSpanId: parentId }),
  ...(context.state === null ? {} : { traceState: context.state }),
  flags: SAMPLED,
  name: span.name,
  kind: KINDS[span.kind],
  startTimeUnixNano: String(span.startNs),
  endTimeUnixNano: String(span.endNs),
  attributes: attributesOf(span.attributes),
  links: span.links.map(linkOf),
  status: failure === null ? {} : { code: FAILED, message: failure },
});

export interface Emitter {
  /** Attributes of the process that they are from. */
  readonly resource: Attributes;
  readonly version: string;
}

/** The body of one request. */
export const exportOf = ({ resource, version }: Emitter, spans: readonly EndedSpan[]): object => ({
  resourceSpans: [
    {
      resource: { attributes: attributesOf(resource) },
      scopeSpans: [{ scope: { name: 'daybook', version }, spans: spans.map(spanOf) }],
    },
  ],
});
