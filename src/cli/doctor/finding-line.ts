/** A finding as a terminal gets it. */
import { hanging } from '../terminal/layout.ts';
import { colour } from '../terminal/output.ts';
import type { DoctorFinding } from './finding.ts';

const MARKS = {
  ok: colour.green('ok  '),
  warn: colour.yellow('warn'),
  fail: colour.red('FAIL'),
};
const NAME_WIDTH = 14;

export function findingLine({ check, status, detail, advice }: DoctorFinding): string {
  const found = hanging(`${MARKS[status]}  ${check.padEnd(NAME_WIDTH)}  `, detail);
  if (advice === null) return found;
  return `${found}\n${hanging(`${' '.repeat(NAME_WIDTH + 8)}${colour.dim('->')} `, advice)}`;
}
