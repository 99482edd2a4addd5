/**
 * Traces of a role: `--traces <url>` or, as every program with OpenTelemetry has it, the variables
 * OTEL_EXPORTER_OTLP_ENDPOINT, ..._TRACES_ENDPOINT and ..._HEADERS. The environment is read here and
 * nowhere below.
 */
import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import type { OpenLedger } from '../../adapters/open.ts';
import type { ComputeLane } from '../../roles/compute-lane.ts';
import type { LogFields, Say } from '../../roles/telemetry/log-events.ts';
import type { Meter } from '../../roles/telemetry/meter.ts';
import { redacted } from '../../roles/telemetry/redaction.ts';
import { Decisions } from '../../roles/traces/decisions.ts';
import { SpanExporter } from '../../roles/traces/exporter.ts';
import { tracedChannel } from '../../roles/traces/traced-channel.ts';
import { tracedLog } from '../../roles/traces/traced-log.ts';
import { tracedArtifacts, tracedLane } from '../../roles/traces/traced-work.ts';
import { Tracer } from '../../roles/traces/tracer.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { VERSION } from '../terminal/software.ts';

export interface TraceOptions {
  readonly traces?: string;
  readonly tracesRatio?: string;
}

export const withTraces = (command: Command): Command =>
  command
    .option('--traces <url>', 'collector of traces, OTLP over HTTP: http://localhost:4318')
    .option('--traces-ratio <part>', 'of the traces begun here that are sampled, 0 to 1');

const PATH = '/v1/traces';

/** Where spans are posted to; null: nowhere. */
function collectorOf({ traces }: TraceOptions, env: NodeJS.ProcessEnv): string | null {
  const own = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'];
  if (traces === undefined && own) return checked('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', own);
  const base = traces ?? env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  if (base === undefined || base === '') return null;
  const from = traces === undefined ? 'OTEL_EXPORTER_OTLP_ENDPOINT' : '--traces';
  const url = checked(from, base).replace(/\/+$/, '');
  return url.endsWith(PATH) ? url : url + PATH;
}

function checked(from: string, text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new Exit(EXIT.usage, `${from}: "${redacted(text)}" is no http:// or https:// address`);
}

/** `name=value,name=value`, values percent-encoded (OpenTelemetry, "OTLP exporter configuration"). */
function headersIn(text: string | undefined): Record<string, string> {
  const pairs = (text ?? '').split(',').flatMap((pair) => {
    const at = pair.indexOf('=');
    return at < 1 ? [] : [[pair.slice(0, at).trim(), pair.slice(at + 1).trim()] as const];
  });
  try {
    return Object.fromEntries(pairs.map(([name, value]) => [name, decodeURIComponent(value)]));
  } catch {
    throw new Exit(EXIT.usage, 'OTEL_EXPORTER_OTLP_HEADERS: a value is not percent-encoded');
  }
}

function ratioOf(text: string | undefined): number {
  const ratio = Number(text ?? 1);
  if (text?.trim() !== '' && ratio >= 0 && ratio <= 1) return ratio;
  throw new Exit(EXIT.usage, `--traces-ratio: "${text}" is no number from 0 to 1`);
}

export interface Traces {
  readonly tracer: Tracer;
  /** Fields of a line that is said within a span. */
  fields(): LogFields | null;
  close(): Promise<void>;
}

/** Null: nobody asked for traces. `say` may be told of later than this is made. */
export function openTraces(
  options: TraceOptions,
  role: string,
  meter: Meter,
  say: () => Say,
  env: NodeJS.ProcessEnv = process.env,
): Traces | null {
  const url = collectorOf(options, env);
  const ratio = ratioOf(options.tracesRatio);
  if (url === null) return null;
  const exporter = new SpanExporter({
    url,
    headers: headersIn(
      env['OTEL_EXPORTER_OTLP_TRACES_HEADERS'] ?? env['OTEL_EXPORTER_OTLP_HEADERS'],
    ),
    resource: {
      'service.name': env['OTEL_SERVICE_NAME'] ?? `daybook-${role}`,
      'service.version': VERSION,
      'service.instance.id': randomUUID(),
    },
    version: VERSION,
    exported: (count) => meter.count('daybook_spans_exported_total', {}, count),
    dropped: (count, reason) => meter.count('daybook_spans_dropped_total', { reason }, count),
    failing: (why) => {
      if (why !== null)
        say()(`traces do not get to ${url}: ${why}; will try again`, 'traces.failing');
      else say()(`traces get to ${url} again`, 'traces.sent');
    },
  });
  const tracer = new Tracer((span) => exporter.take(span), ratio);
  return {
    tracer,
    fields: () => {
      const context = tracer.active?.context;
      return context === undefined ? null : { trace_id: context.traceId, span_id: context.spanId };
    },
    close: () => exporter.close(),
  };
}

/** The same ledger, with spans around what is done through it. */
export function tracedParts(parts: OpenLedger, tracer: Tracer | null): OpenLedger {
  if (tracer === null) return parts;
  const decisions = new Decisions();
  return {
    ...parts,
    log: tracedLog(parts.log, tracer, decisions),
    channel: tracedChannel(parts.channel, tracer, decisions),
    artifacts: tracedArtifacts(parts.artifacts, tracer),
  };
}

export const tracedOr = (lane: ComputeLane, tracer: Tracer | null): ComputeLane =>
  tracer === null ? lane : tracedLane(lane, tracer);
