/** Findings, as they are printed for programs. */
import type { Shape } from '../../explorer/api/shape.ts';
import { members, orNull, string, words } from '../../explorer/api/shape.ts';
import type { Column } from '../terminal/declared-output.ts';
import { column } from '../terminal/declared-output.ts';
import type { DoctorFinding } from './finding.ts';

export const findingShape: Shape<DoctorFinding> = members({
  check: string,
  status: words('ok', 'warn', 'fail'),
  detail: string,
  advice: orNull(string),
});

export const findingColumns: readonly Column<DoctorFinding>[] = [
  column('status', ({ status }) => status),
  column('check', ({ check }) => check),
  column('detail', ({ detail }) => detail),
  column('advice', ({ advice }) => advice),
];
