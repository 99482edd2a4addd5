/** Whether the runs of a ledger have whom they need, of those that are under way. */
import { staffingLines, staffingOf } from '../../roles/staffing.ts';
import { booksHere } from '../ledger/decide-here.ts';
import type { LedgerOptions } from '../ledger/ledger-options.ts';
import type { DoctorFinding } from './finding.ts';
import { ok, warn } from './finding.ts';
import { failed } from './ledger.ts';

const ADVICE = 'admit or invite more; who is in quarantine does not come back while a run waits';

export async function* staffingFindings(at: LedgerOptions): AsyncIterable<DoctorFinding> {
  try {
    const books = await booksHere(at);
    for (const run of Object.values(books.runs)) {
      const staffing = staffingOf(books, run);
      const lines = staffingLines(staffing);
      const check = `run ${run.plan.run}`;
      for (const line of lines) yield warn(check, line, ADVICE);
      if (lines.length === 0) yield ok(check, `${run.state}, ${countsOf(staffing)}`);
    }
  } catch (error) {
    yield failed('runs', error);
  }
}

const countsOf = (staffing: ReturnType<typeof staffingOf>): string =>
  staffing.length === 0
    ? 'needs nobody now'
    : staffing.map(({ role, needed, able }) => `${able} ${role}s for ${needed}`).join(', ');
