/**
 * `daybook explorer`: the ledger in the browser, until told to stop. On SIGHUP, or at once with
 * `--rebuild`, it folds the log anew beside what it serves and switches when both stand at the same
 * entry.
 */
import type { Command } from 'commander';
import { EXPLORER_VIEWS } from '../../explorer/kept-folding.ts';
import type { Explorer } from '../../explorer/server.ts';
import { startExplorer } from '../../explorer/server.ts';
import type { Say } from '../../roles/telemetry/log-events.ts';
import { tracedFetch } from '../../roles/traces/traced-http.ts';
import { Meter } from '../../roles/telemetry/meter.ts';
import { withLedger } from '../ledger/ledger-options.ts';
import type { SnapshotOptions } from '../ledger/snapshot-options.ts';
import { snapshotsOf, withSnapshots } from '../ledger/snapshot-options.ts';
import { staysUp, stopAsked, stopSignal } from '../terminal/stop-signal.ts';
import { openWhenThere, withWait } from './await-ledger.ts';
import type { WaitOptions } from './await-ledger.ts';
import { sayOf, withJournal } from './telemetry-options.ts';
import type { JournalOptions } from './telemetry-options.ts';
import { openTraces, tracedParts, withTraces } from './trace-options.ts';
import type { TraceOptions } from './trace-options.ts';
import { wholeNumber } from '../terminal/whole-number.ts';
import type { WitnessOptions } from '../proving/witness-options.ts';
import { witnessesOf, withWitnesses } from '../proving/witness-options.ts';

interface ExplorerOptions
  extends WaitOptions, SnapshotOptions, WitnessOptions, JournalOptions, TraceOptions {
  readonly port: string;
  readonly host: string;
  readonly rebuild?: true;
}

export function registerExplorer(program: Command): void {
  const explorer = staysUp(program.command('explorer')).description(
    'show a ledger live, and serve its tiles',
  );
  withWait(withTraces(withJournal(withWitnesses(withSnapshots(withLedger(explorer))))))
    .option('--port <number>', 'port to listen on; 0 picks a free one', '4680')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--rebuild', 'fold the log anew beside what is served, and switch; so does SIGHUP')
    .action(runExplorer);
}

async function runExplorer(options: ExplorerOptions): Promise<void> {
  const port = wholeNumber('--port', options.port, 0, 65_535);
  const witnesses = witnessesOf(options);
  const meter = new Meter();
  const traces = openTraces(options, 'explorer', meter, () => say);
  const say: Say = sayOf(options, 'explorer', meter, traces);
  const tracer = traces?.tracer ?? null;
  const opened = await openWhenThere(options, { say }, stopSignal());
  if (opened === null) return await traces?.close();
  const parts = tracedParts(opened, tracer);
  const snapshots = snapshotsOf(options, 'explorer', say, EXPLORER_VIEWS);
  const explorer = await startExplorer({
    log: parts.log,
    channel: parts.channel,
    artifacts: parts.artifacts,
    ...(parts.services === undefined ? {} : { services: parts.services }),
    port,
    host: options.host,
    snapshots,
    counted: () => meter.counted(),
    tracer,
    ...(witnesses === null ? {} : { witnesses: { ...witnesses, fetch: tracedFetch(tracer) } }),
  });
  process.stdout.write(`${explorer.address}\n`);
  const again = (): void => void rebuild(explorer, say);
  process.on('SIGHUP', again);
  if (options.rebuild === true) again();
  await stopAsked();
  process.off('SIGHUP', again);
  await explorer.close();
  await parts.close();
  await traces?.close();
}

/** What goes wrong with the log is shown as its fault; the explorer goes on. */
async function rebuild(explorer: Explorer, say: Say): Promise<void> {
  say('folding the log anew', 'ledger.rebuilding');
  try {
    const same = await explorer.rebuild();
    const found = same ? 'the books are the same' : 'the books served were others';
    say(`folded anew: ${found}`, 'ledger.rebuilt', { same });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    say(`the log does not hold: ${why}`, 'ledger.corrupt');
  }
}
