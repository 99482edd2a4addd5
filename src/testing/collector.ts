/** A collector of traces as roles meet one: a real HTTP server that takes OTLP in JSON and keeps it. */
import { deepStrictEqual } from 'node:assert';
import { createServer } from 'node:http';
import { listening } from '../roles/listening.ts';

export interface CollectedSpan {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly traceState?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status: { readonly code?: number; readonly message?: string };
}

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}
interface Body {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly {
      readonly spans: readonly (Omit<CollectedSpan, 'service' | 'attributes'> & {
        readonly attributes: readonly Attribute[];
      })[];
    }[];
  }[];
}

const recordOf = (attributes: readonly Attribute[]): Record<string, string> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, String(Object.values(value)[0])]));

export interface Collector {
  readonly address: string;
  readonly spans: CollectedSpan[];
  /** Headers of each request, whatever it was answered. */
  readonly requests: Readonly<Record<string, string | string[] | undefined>>[];
  /** What it answers with from now on; what is not 200 is not kept. */
  status: number;
  /** Resolves with the first span that fits, once there is one. */
  got(fits: (span: CollectedSpan) => boolean): Promise<CollectedSpan>;
  close(): Promise<void>;
}

export async function startCollector(port = 0): Promise<Collector> {
  const spans: CollectedSpan[] = [];
  const requests: Collector['requests'] = [];
  const waiting = new Set<() => void>();
  // A batch whose answer came too late comes again: the same spans, and no others under their ids.
  const keep = (span: CollectedSpan): void => {
    const known = spans.find(({ spanId }) => spanId === span.spanId);
    if (known === undefined) spans.push(span);
    else deepStrictEqual(span, known);
  };
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => (text += part));
    request.on('end', () => {
      requests.push({ ...request.headers, ':path': request.url });
      if (collector.status === 200)
        for (const { resource, scopeSpans } of (JSON.parse(text) as Body).resourceSpans) {
          const service = recordOf(resource.attributes)['service.name'] ?? '';
          for (const one of scopeSpans.flatMap((scope) => scope.spans))
            keep({ ...one, service, attributes: recordOf(one.attributes) });
        }
      response.writeHead(collector.status, { 'content-type': 'application/json' }).end('{}');
      for (const look of waiting) look();
    });
  });
  const { address, close } = await listening(server, '127.0.0.1', port);
  const collector: Collector = {
    address,
    spans,
    requests,
    status: 200,
    got: (fits) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = spans.find(fits);
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
    close,
  };
  return collector;
}
