/** A finding as a terminal gets it. */
import { colour } from '../terminal/output.ts';
import type { DoctorFinding } from './finding.ts';

const MARKS = {
  ok: colour.green('ok  '),
  warn: colour.yellow('warn'),
  fail: colour.red('FAIL'),
};
const NAME_WIDTH = 14;

export function findingLine({ check, status, detail, advice }: DoctorFinding): string {
  const remedy =
    advice === null ? '' : `\n${' '.repeat(NAME_WIDTH + 8)}${colour.dim('->')} ${advice}`;
  return `${MARKS[status]}  ${check.padEnd(NAME_WIDTH)}  ${detail}${remedy}`;
}
