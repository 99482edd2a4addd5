/**
 * A verb that sends commands, as one span from its start to its end: what it asked of whom, and what
 * came of it, is one trace. Without `--traces` and the variables of OpenTelemetry nothing is told.
 */
import type { OpenLedger } from '../../adapters/open.ts';
import { Meter } from '../../roles/telemetry/meter.ts';
import { openTraces, tracedParts } from '../running/trace-options.ts';
import type { TraceOptions } from '../running/trace-options.ts';
import type { LedgerOptions } from './ledger-options.ts';
import { openAt } from './ledger-options.ts';

/**
 * @param name of the span
 * @param work on the ledger, which is closed after it
 * @throws Fault as `openAt` does, and whatever the work throws
 */
export async function onTracedLedger<T>(
  name: string,
  options: LedgerOptions & TraceOptions,
  work: (parts: OpenLedger) => Promise<T>,
): Promise<T> {
  const say = (line: string): void => void process.stderr.write(`daybook: ${line}\n`);
  const traces = openTraces(options, 'cli', new Meter(), () => say);
  const tracer = traces?.tracer ?? null;
  const onLedger = async (): Promise<T> => {
    const parts = tracedParts(await openAt(options, { create: false }), tracer);
    try {
      return await work(parts);
    } finally {
      await parts.close();
    }
  };
  try {
    return tracer === null ? await onLedger() : await tracer.around(tracer.start(name), onLedger);
  } finally {
    await traces?.close();
  }
}
