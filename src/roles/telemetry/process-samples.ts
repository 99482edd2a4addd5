/** What any process can say of itself. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Sample } from './exposition.ts';
import { gaugeOf } from './meter.ts';
import type { Collector } from './meter.ts';

const KEPT_MS = 60_000;

let shared: Collector | null = null;

/** One a process: the delays of its event loop are measured from the first call on. */
export function processSamples(): Collector {
  shared ??= collector();
  return shared;
}

function collector(): Collector {
  const delays = monitorEventLoopDelay({ resolution: 20 });
  delays.enable();
  setInterval(() => delays.reset(), KEPT_MS).unref();
  const startedSeconds = Date.now() / 1000 - process.uptime();
  return (): Sample[] => {
    const { user, system } = process.cpuUsage();
    // Nothing was measured yet: no number rather than a wrong one.
    const p99 = delays.count === 0 ? [] : [delays.percentile(99) / 1e9];
    return [
      ...p99.map((value) => gaugeOf('nodejs_eventloop_delay_p99_seconds', value)),
      gaugeOf('process_cpu_seconds_total', (user + system) / 1e6),
      gaugeOf('process_resident_memory_bytes', process.memoryUsage.rss()),
      gaugeOf('process_start_time_seconds', Math.round(startedSeconds * 1000) / 1000),
    ];
  };
}
