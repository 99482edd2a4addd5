/**
 * `daybook doctor`: is this machine, and the ledger it is to work on, fit for a run? Every line says
 * what was found and, where something is wrong, what to do. Exit 1 when a line fails.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { folderOf } from '../adapters/open.ts';
import type { DoctorFinding } from './doctor/finding.ts';
import { findingLine } from './doctor/finding-line.ts';
import { folderFindings } from './doctor/folder.ts';
import { keyFindings } from './doctor/key-files.ts';
import { exactKernels, gpu } from './doctor/kernels.ts';
import { ledgerFindings } from './doctor/ledger.ts';
import { clock, disk, memory, processors, runtime } from './doctor/machine.ts';
import { serverFindings } from './doctor/server.ts';
import { EXIT, Exit } from './exit.ts';
import { ledgerName } from './ledger-options.ts';
import type { OutputOptions } from './output.ts';
import { colour, print, printJson, withOutput } from './output.ts';

interface DoctorOptions extends OutputOptions {
  readonly log?: string;
  readonly ledger: string;
  readonly key?: string[];
  readonly monitor?: string;
}

export function registerDoctor(program: Command): void {
  withOutput(
    program.command('doctor').description('is this machine, and a ledger, fit for a run'),
    'table',
    'json',
    'jsonl',
  )
    .option('--log <url>', 'look at a ledger, too: file:<folder> or nats://host:4222')
    .option('--ledger <name>', 'name of the ledger', 'main')
    .option('--key <path...>', 'seed files, or folders of them, to look at')
    .option('--monitor <url>', 'monitoring address of the NATS server: http://host:8222')
    .action(runDoctor);
}

async function runDoctor(options: DoctorOptions): Promise<void> {
  const findings: DoctorFinding[] = [];
  for await (const finding of examine(options)) {
    findings.push(finding);
    if (options.output === 'table' && !(options.quiet === true && finding.status === 'ok'))
      print(findingLine(finding));
    if (options.output === 'jsonl') print(JSON.stringify(finding));
  }
  const count = (status: DoctorFinding['status']): number =>
    findings.filter((finding) => finding.status === status).length;
  const [fails, warnings] = [count('fail'), count('warn')];
  const verdict = fails > 0 ? 'unfit' : warnings > 0 ? 'usable' : 'fit';
  if (options.output === 'json') printJson({ verdict, findings });
  if (options.output === 'table') print(conclusion(fails, warnings));
  if (fails > 0) throw new Exit(EXIT.failed, '');
}

async function* examine(options: DoctorOptions): AsyncIterable<DoctorFinding> {
  const { log, ledger, key = [], monitor } = options;
  const name = ledgerName(ledger);
  const folder = log?.startsWith('file:') === true ? folderOf(log) : null;
  if (log !== undefined && folder === null && !log.startsWith('nats:'))
    throw new Exit(EXIT.usage, `--log ${log}: file:<folder> or nats://host:port`);
  yield runtime();
  yield processors();
  yield memory();
  yield disk(folder ?? '.');
  yield await clock();
  yield await exactKernels();
  yield await gpu();
  const beside =
    folder === null ? [] : [join(folder, '..', 'keys')].filter((path) => existsSync(path));
  yield* keyFindings([...beside, ...key]);
  if (log === undefined) return;
  let reachable = true;
  for await (const finding of folder === null
    ? serverFindings(log, name, monitor)
    : folderFindings(folder)) {
    if (finding.status === 'fail') reachable = false;
    yield finding;
  }
  // What opening the ledger would say has been said.
  if (reachable) yield* ledgerFindings({ log, ledger });
}

function conclusion(fails: number, warnings: number): string {
  const also = warnings === 0 ? '' : `, ${warnings} warning(s)`;
  if (fails > 0) return colour.red(`\nunfit: ${fails} problem(s)${also}`);
  return warnings > 0 ? colour.yellow(`\nusable${also}`) : colour.green('\nfit');
}
