/**
 * What every role takes for those who operate it: `--log-format`, `--log-level`, `--traces` and, where
 * it has no server of its own for that, `--metrics <host:port>` with /healthz, /readyz, /status,
 * /metrics.
 */
import type { Command } from 'commander';
import { Option } from 'commander';
import type { LogHead } from '../../commands/ports/event-log.ts';
import type { Labels, Sample } from '../../roles/telemetry/exposition.ts';
import { LOG_FORMATS, LOG_LEVELS, openJournal } from '../../roles/telemetry/journal.ts';
import type { LogLevel, Say } from '../../roles/telemetry/log-events.ts';
import { LogWatch } from '../../roles/telemetry/log-watch.ts';
import { gaugeOf, Meter } from '../../roles/telemetry/meter.ts';
import { processSamples } from '../../roles/telemetry/process-samples.ts';
import { serveTelemetry } from '../../roles/telemetry/telemetry-server.ts';
import type { TelemetryServer } from '../../roles/telemetry/telemetry-server.ts';
import type { Tracer } from '../../roles/traces/tracer.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { VERSION } from '../terminal/software.ts';
import { openTraces, withTraces } from './trace-options.ts';
import type { TraceOptions, Traces } from './trace-options.ts';

export interface JournalOptions {
  readonly logFormat: (typeof LOG_FORMATS)[number];
  readonly logLevel: LogLevel;
}

export interface TelemetryOptions extends JournalOptions, TraceOptions {
  readonly metrics?: string;
}

export const withJournal = (command: Command): Command =>
  command
    .addOption(
      new Option('--log-format <format>', 'of what is said on stderr')
        .choices(LOG_FORMATS)
        .default('text'),
    )
    .addOption(
      new Option('--log-level <level>', 'leave out lines below it')
        .choices(LOG_LEVELS)
        .default('info'),
    );

export const withTelemetry = (command: Command): Command =>
  withTraces(
    withJournal(command).option(
      '--metrics <host:port>',
      'serve /metrics, /healthz, /readyz and /status there; port 0 picks a free one',
    ),
  );

export const sayOf = (
  options: JournalOptions,
  role: string,
  meter?: Meter,
  traces?: Traces | null,
): Say =>
  openJournal({
    role,
    format: options.logFormat,
    level: options.logLevel,
    write: (text) => void process.stderr.write(text),
    nowMs: Date.now,
    ...(traces ? { trace: () => traces.fields() } : {}),
    ...(meter === undefined
      ? {}
      : { counted: (level) => meter.count('daybook_log_lines_total', { level }) }),
  });

/** What a role tells of itself while it runs. */
export interface Telemetry {
  readonly say: Say;
  readonly meter: Meter;
  /** Null: nobody asked for traces. */
  readonly tracer: Tracer | null;
  /** Whether lines of this level are written. */
  isSaid(level: LogLevel): boolean;
  /** From here on the log's end is asked for, and how far behind it the role is. */
  watchLog(log: { head(): Promise<LogHead> }): LogWatch;
  /**
   * Asked when somebody wants to know; null when all is well, else why the role cannot work. Before the
   * first of them the role is starting.
   */
  check(unready: () => string | null): void;
  /** Parts of /status. */
  tell(parts: () => Readonly<Record<string, unknown>>): void;
  close(): Promise<void>;
}

export async function openTelemetry(options: TelemetryOptions, role: string): Promise<Telemetry> {
  const meter = new Meter();
  for (const level of LOG_LEVELS) meter.expect('daybook_log_lines_total', { level });
  const traces = openTraces(options, role, meter, () => say);
  const say: Say = sayOf(options, role, meter, traces);
  const checks: (() => string | null)[] = [];
  const tellers: (() => Readonly<Record<string, unknown>>)[] = [];
  const watches: LogWatch[] = [];
  const unready = (): string | null => {
    if (checks.length === 0) return 'starting';
    for (const check of checks) {
      const why = check();
      if (why !== null) return why;
    }
    return null;
  };
  meter.collect((): Sample[] => {
    const labels: Labels = { version: VERSION, role };
    return [
      gaugeOf('daybook_build_info', 1, labels),
      gaugeOf('daybook_ready', unready() === null ? 1 : 0),
    ];
  });
  let server: TelemetryServer | null = null;
  if (options.metrics !== undefined) {
    meter.collect(processSamples());
    const { host, port } = listenAddress('--metrics', options.metrics);
    const status = (): Readonly<Record<string, unknown>> =>
      Object.assign(
        { role, version: VERSION, pid: process.pid, uptimeSeconds: Math.round(process.uptime()) },
        ...tellers.map((tell) => tell()),
      );
    server = await serveTelemetry({ unready, status, metrics: () => meter.text() }, host, port);
    const { address } = server;
    say(`metrics and health at ${address}`, 'telemetry.serving', { address });
  }
  return {
    say,
    meter,
    tracer: traces?.tracer ?? null,
    isSaid: (level) => LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(options.logLevel),
    watchLog: (log) => {
      const watch = new LogWatch(() => log.head());
      watches.push(watch);
      meter.collect(() => watch.samples());
      checks.push(() => watch.unready());
      tellers.push(() => ({ log: watch.standing() }));
      return watch;
    },
    check: (one) => void checks.push(one),
    tell: (parts) => void tellers.push(parts),
    close: async () => {
      for (const watch of watches) watch.close();
      await traces?.close();
      await server?.close();
    },
  };
}

/** `host:port`, `[v6]:port` or `:port` for every address of this machine. */
export function listenAddress(option: string, text: string): { host: string; port: number } {
  const [, host, port] = /^(.*):(\d{1,5})$/.exec(text) ?? [];
  if (host === undefined || port === undefined || Number(port) > 65_535)
    throw new Exit(EXIT.usage, `${option}: "${text}" is no host:port`);
  return { host: host === '' ? '0.0.0.0' : host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) };
}
