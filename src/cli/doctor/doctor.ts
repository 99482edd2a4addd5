/**
 * `daybook doctor`: is this machine, and the ledger it is to work on, fit for a run? Every line says
 * what was found and, where something is wrong, what to do. Exit 1 when a line fails.
 */
import type { Command } from 'commander';
import type { DoctorFinding } from './finding.ts';
import { registerBundle } from './bundle.ts';
import { examine } from './examine.ts';
import type { ExamineOptions } from './examine.ts';
import { withExamined } from './examine-options.ts';
import { findingColumns, findingShape } from './finding-output.ts';
import { findingLine } from './finding-line.ts';
import type { Shape } from '../../explorer/api/shape.ts';
import { many, members, words } from '../../explorer/api/shape.ts';
import type { Output } from '../terminal/declared-output.ts';
import { csvOf, printLine, withOutput } from '../terminal/declared-output.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import type { OutputOptions } from '../terminal/output.ts';
import { colour, print, printJson } from '../terminal/output.ts';

interface Examined {
  readonly verdict: 'fit' | 'usable' | 'unfit';
  readonly findings: readonly DoctorFinding[];
}

const examinedShape: Shape<Examined> = members({
  verdict: words('fit', 'usable', 'unfit'),
  findings: many(findingShape),
});

const examined: Output<Examined, DoctorFinding> = {
  doc: 'What was looked at; a row is a finding.',
  shape: examinedShape,
  rowShape: findingShape,
  rows: ({ findings }) => findings,
  columns: findingColumns,
};

interface DoctorOptions extends OutputOptions, ExamineOptions {}

export function registerDoctor(program: Command): void {
  const doctor = program
    .command('doctor')
    .description('look whether this machine, and a ledger, is fit for a run');
  registerBundle(doctor);
  withExamined(withOutput(doctor, examined)).action(runDoctor);
}

async function runDoctor(options: DoctorOptions): Promise<void> {
  const findings: DoctorFinding[] = [];
  for await (const finding of examine(options)) {
    findings.push(finding);
    if (options.output === 'table' && !(options.quiet === true && finding.status === 'ok'))
      print(findingLine(finding));
    if (options.output === 'jsonl') printLine(finding);
  }
  const count = (status: DoctorFinding['status']): number =>
    findings.filter((finding) => finding.status === status).length;
  const [fails, warnings] = [count('fail'), count('warn')];
  const verdict = fails > 0 ? 'unfit' : warnings > 0 ? 'usable' : 'fit';
  if (options.output === 'json') printJson({ verdict, findings } satisfies Examined);
  if (options.output === 'csv') process.stdout.write(csvOf(examined, findings));
  if (options.output === 'table') print(conclusion(fails, warnings));
  if (fails > 0) throw new Exit(EXIT.failed, '');
}

function conclusion(fails: number, warnings: number): string {
  const also = warnings === 0 ? '' : `, ${warnings} warning(s)`;
  if (fails > 0) return colour.red(`\nunfit: ${fails} problem(s)${also}`);
  return warnings > 0 ? colour.yellow(`\nusable${also}`) : colour.green('\nfit');
}
