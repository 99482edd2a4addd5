/**
 * `daybook witness`: cosigns the heads of ledgers it is told of, in the foreground, until told to
 * stop. Its record is its promise: it is begun only when asked for, and one process holds it.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isLeft } from 'fp-ts/lib/Either.js';
import type { Command } from 'commander';
import { systemClock } from '../../adapters/system-clock.ts';
import { digestOf } from '../../events/digest.ts';
import { isKeyName, verifierKeyOf } from '../../events/note.ts';
import { WitnessHeads } from '../../roles/witness/heads.ts';
import { trustedLogs } from '../../roles/witness/judge.ts';
import type { Say } from '../../roles/telemetry/log-events.ts';
import { serveWitness } from '../../roles/witness/server.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { readKey } from '../ledger/ledger-options.ts';
import { repeated } from '../terminal/repeated.ts';
import { staysUp, stopAsked } from '../terminal/stop-signal.ts';
import { openTelemetry, withTelemetry } from '../running/telemetry-options.ts';
import type { TelemetryOptions } from '../running/telemetry-options.ts';
import { wholeNumber } from '../terminal/whole-number.ts';

interface WitnessVerbOptions extends TelemetryOptions {
  readonly key: string;
  readonly name: string;
  readonly record: string;
  readonly begin?: boolean;
  readonly logKey: readonly string[];
  readonly port: string;
  readonly host: string;
}

export function registerWitness(program: Command): void {
  const witness = staysUp(program.command('witness')).description(
    'cosign the heads of ledgers, each only where it grew from the one before',
  );
  withTelemetry(witness)
    .requiredOption('--key <file>', 'seed of the witness; used for nothing else')
    .requiredOption('--name <name>', 'name of the key, by custom a URL without its scheme')
    .requiredOption('--record <folder>', 'where it keeps the heads it has cosigned')
    .option('--begin', 'begin a record where there is none; never after one was lost')
    .option('--log-key <verifier>', 'verifier key of a ledger to witness; repeatable', repeated, [])
    .option('--port <number>', 'port to listen on; 0 picks a free one', '4681')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .action(runWitness);
}

async function runWitness(options: WitnessVerbOptions): Promise<void> {
  const { name, host, record, begin } = options;
  const key = readKey(options.key);
  const port = wholeNumber('--port', options.port, 0, 65_535);
  if (!isKeyName(name)) throw new Exit(EXIT.usage, '--name: no white space, no plus');
  if (options.logKey.length === 0) throw new Exit(EXIT.usage, 'name a ledger with --log-key');
  const logs = trustedLogs(options.logKey);
  if (isLeft(logs)) throw new Exit(EXIT.usage, `--log-key: ${logs.left.message}`);
  if (begin === true) mkdirSync(record, { recursive: true });
  const path = join(record, 'heads.sqlite');
  const telemetry = await openTelemetry(options, 'witness');
  const { meter, say } = telemetry;
  meter.expect('daybook_witness_cosigned_total');
  meter.expect('daybook_witness_forks_total');
  const heads = WitnessHeads.open(path, key.actor, { create: begin === true });
  try {
    const server = await serveWitness({
      key,
      name,
      logs: logs.right,
      heads,
      nowMs: systemClock.nowMs,
      onFork: (origin, evidence) => {
        meter.count('daybook_witness_forks_total');
        keepFork(record, origin, evidence, say);
      },
      answered: (status) => {
        meter.count('daybook_http_requests_total', {
          route: '/add-checkpoint',
          status: String(status),
        });
        if (status === 200) meter.count('daybook_witness_cosigned_total');
      },
      port,
      host,
      say,
      tracer: telemetry.tracer,
    });
    telemetry.check(() => null);
    process.stdout.write(`${server.address}\n${verifierKeyOf(name, key.actor, 'cosignatureV1')}\n`);
    await stopAsked();
    await server.close();
  } finally {
    await telemetry.close();
    heads.close();
  }
}

/** Evidence against a log, once; what comes later proves the same. */
function keepFork(record: string, origin: string, evidence: string, say: Say): void {
  const file = join(record, `${digestOf(Buffer.from(origin)).slice(7, 23)}.fork`);
  if (existsSync(file)) return;
  writeFileSync(file, evidence);
  say(`${origin} signed two logs; evidence in ${file}`, 'witness.fork', { origin, file });
}
