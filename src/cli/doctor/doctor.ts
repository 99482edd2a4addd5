/**
 * `daybook doctor`: is this machine, and the ledger it is to work on, fit for a run? Every line says
 * what was found and, where something is wrong, what to do. Exit 1 when a line fails.
 */
import type { Command } from 'commander';
import type { DoctorFinding } from './finding.ts';
import { registerBundle } from './bundle.ts';
import { examine } from './examine.ts';
import type { ExamineOptions } from './examine.ts';
import { findingLine } from './finding-line.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import type { OutputOptions } from '../terminal/output.ts';
import { colour, print, printJson, withOutput } from '../terminal/output.ts';

interface DoctorOptions extends OutputOptions, ExamineOptions {}

export function registerDoctor(program: Command): void {
  const doctor = program
    .command('doctor')
    .description('is this machine, and a ledger, fit for a run');
  registerBundle(doctor);
  withOutput(doctor, 'table', 'json', 'jsonl')
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

function conclusion(fails: number, warnings: number): string {
  const also = warnings === 0 ? '' : `, ${warnings} warning(s)`;
  if (fails > 0) return colour.red(`\nunfit: ${fails} problem(s)${also}`);
  return warnings > 0 ? colour.yellow(`\nusable${also}`) : colour.green('\nfit');
}
